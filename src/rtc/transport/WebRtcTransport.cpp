#include "ringcast/rtc/transport/WebRtcTransport.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "ringcast/base/Log.hpp"

namespace ringcast::rtc {

using net::DropReason;

namespace {

// Returns the suite of the profile. Profiles have the names and the order of the suites.
srtp::CryptoSuite SuiteOf(dtls::SrtpProfile profile) {
  const auto suite = static_cast<srtp::CryptoSuite>(profile);
  RC_ASSERT(srtp::Name(suite) == dtls::Name(profile));
  return suite;
}

// RFC 8842 section 5.3 recommends that the answerer begins: if the peer leaves the choice to us, we do.
dtls::Role OurRole(dtls::Role remote) {
  return remote == dtls::Role::kClient ? dtls::Role::kServer : dtls::Role::kClient;
}

// Returns the strongest of the peer's fingerprints: one proves as much as all.
const dtls::Fingerprint& Strongest(const std::vector<dtls::Fingerprint>& fingerprints) {
  return *std::max_element(fingerprints.begin(), fingerprints.end(), [](const auto& a, const auto& b) {
    return dtls::DigestSize(a.Algorithm()) < dtls::DigestSize(b.Algorithm());
  });
}

// Confirms the address that a compound came from if one of its report blocks proves it.
void ConfirmByReports(ice::ReturnRoutability& routability, const ice::Tuple& from, ByteView compound) {
  const auto confirm = [&](const rtcp::ReportBlocks& blocks) {
    for (std::size_t i = 0; i < blocks.Size(); ++i)
      routability.OnLastSenderReport(from, blocks.At(i).lastSenderReport);
  };
  rtcp::CompoundReader reader(compound);
  while (const auto message = reader.Next()) {
    if (const auto* sender = std::get_if<rtcp::SenderReport>(&*message)) confirm(sender->blocks);
    if (const auto* receiver = std::get_if<rtcp::ReceiverReport>(&*message)) confirm(receiver->blocks);
  }
}

}  // namespace

Result<std::unique_ptr<WebRtcTransport>> WebRtcTransport::Create(WorkerContext& context, Router& router,
                                                                 const std::string& id,
                                                                 const WebRtcTransportOptions& options) {
  std::unique_ptr<WebRtcTransport> transport(new WebRtcTransport(context, router, id, options));
  if (auto status = transport->Open(options); !status) return status.Failure();
  return {std::move(transport)};
}

WebRtcTransport::WebRtcTransport(WorkerContext& context, Router& router, const std::string& id,
                                 const WebRtcTransportOptions& options)
    : DatagramTransport(context, router, id, options.base, SctpLink::Carrier::kDtls),
      routing_(*this),
      agent_(ice::Credentials::Generate(context.environment.random),
             Seconds(options.iceConsentTimeoutSeconds)),
      routability_(context.environment.wallClock),
      dtls_(context.environment.dtls),
      rejects_(context, id) {
  Sender().SetEgress(routing_);  // instead of Out(), by which routing_ sends
}

Status WebRtcTransport::Open(const WebRtcTransportOptions& options) {
  auto ports = WebRtcPorts::Open(context_, options, *this);
  if (!ports) return ports.Failure();
  ports_ = std::move(*ports);
  ports_->AddUfrag(agent_.Local().ufrag);
  return OkStatus();
}

void WebRtcTransport::Close(Instant now) {
  DatagramTransport::Close(now);
  dtls_.Close();
  while (const auto datagram = dtls_.NextDatagram()) SendDtls(*datagram, now);
}

// --- Receiving ---

void WebRtcTransport::OnPacket(const ice::Tuple& from, net::PacketProtocol protocol, net::PacketRef packet,
                               Instant now) {
  Traffic().received.Add(packet.Size(), now);
  if (!agent_.IsValidated(from)) {
    ports_->RemoveTuple(from);
    return CountDrop(DropReason::kUnknownRemote);
  }
  if (routability_.Limited()) routability_.OnReceived(from, packet.Size());
  switch (protocol) {
    case net::PacketProtocol::kRtp:
      return OnMedia(from, std::move(packet), false, now);
    case net::PacketProtocol::kRtcp:
      return OnMedia(from, std::move(packet), true, now);
    case net::PacketProtocol::kDtls:
      OnDtlsDatagram(from, packet.Bytes(), now);
      return Settle(now);
    case net::PacketProtocol::kStun:
    case net::PacketProtocol::kUnknown:
      return CountDrop(DropReason::kUnknownProtocol);
  }
}

void WebRtcTransport::OnMedia(const ice::Tuple& from, net::PacketRef packet, bool rtcp, Instant now) {
  // The keys outlive an association that has ended or failed.
  if (dtls_.CurrentState() != dtls::State::kConnected) return CountDrop(DropReason::kSrtpNotReady);
  if (!Decrypt(packet, rtcp)) return;
  agent_.OnAuthenticated(from, now);
  if (rtcp) {
    if (routability_.Limited()) ConfirmByReports(routability_, from, packet.Bytes());
    Rtcp().Receive(packet.Bytes(), now);
  } else {
    Receiver().Receive(std::move(packet), now);
  }
}

void WebRtcTransport::OnStun(const ice::Tuple& from, const IcePorts::Stun& stun, Instant now) {
  Traffic().received.Add(stun.size, now);
  if (stun.message == nullptr) return CountDrop(DropReason::kMalformedStun);

  std::array<std::uint8_t, ice::Agent::kMaxAnswer> room;
  const auto outcome = agent_.OnMessage(*stun.message, from, room, now);
  if (outcome.answer > 0 && (outcome.authenticated || context_.unauthenticatedAnswers.Take(now)))
    SendDatagram(ByteView(room).first(outcome.answer), from.socket, from.remote, now);
  if (outcome.reject) {
    CountDrop(DropReason::kRefusedStun);
    rejects_.OnStun(*outcome.reject, from);
  } else {
    routability_.Add(from);
    routability_.OnReceived(from, stun.size);
    routability_.OnSent(from, outcome.answer);
    ports_->AddTuple(from);
  }
  OnIce(outcome.update, now);
  Settle(now);
}

void WebRtcTransport::OnConnectionClosed(const ice::Tuple& from, Instant now) {
  OnIce(agent_.OnTupleGone(from), now);
  Settle(now);
}

// --- ICE ---

void WebRtcTransport::OnIce(const ice::Agent::Update& update, Instant now) {
  for (const auto& tuple : update.forgotten) {
    routability_.Remove(tuple);
    ports_->RemoveTuple(tuple);
  }
  if (update.retiredUfrag) ports_->RemoveUfrag(*update.retiredUfrag);
  auto& notifier = context_.notifier;
  if (update.selectedChanged && agent_.Selected() != nullptr) OnSelected(now);
  if (update.stateChanged) notifier.IceState(Id(), agent_.State());
  if (!update.selectedChanged && !update.stateChanged) return;
  StartDtls(now);
  UpdateConnected(now);
  // The sooner the peer receives a report, the sooner its own report can confirm the address.
  if (update.selectedChanged && Connected() && routability_.Limited()) Rtcp().SendSenderReports(now);
}

void WebRtcTransport::OnSelected(Instant now) {
  const auto& selected = *agent_.Selected();
  Out().SetDestination(selected.socket, selected.remote);
  routability_.OnSelected(selected, now);
  context_.notifier.IceSelectedTuple(Id(), ports_->Describe(selected));
}

Result<IceParameters> WebRtcTransport::RestartIce(Instant now) {
  const auto update = agent_.Restart(ice::Credentials::Generate(context_.environment.random));
  log::Debug(log::Tag::kIce, "transport ", Id(), ": ICE restarted with ufrag ", agent_.Local().ufrag);
  ports_->AddUfrag(agent_.Local().ufrag);
  OnIce(update, now);
  Settle(now);
  return IceParameters{agent_.Local().ufrag, agent_.Local().password};
}

void WebRtcTransport::OnStopped(Duration length, Instant now) {
  agent_.OnStopped(length, now);
  Settle(now);
}

// --- DTLS ---

Result<dtls::Role> WebRtcTransport::Connect(const DtlsParameters& remote, Instant now) {
  if (role_) return GenericError("connect() was already called on transport \"" + Id() + "\"");
  if (remote.fingerprints.empty()) return TypeError("dtlsParameters have no fingerprint");
  const auto verified = dtls_.SetRemoteFingerprint(Strongest(remote.fingerprints));
  if (!verified) return verified.Failure();
  role_ = OurRole(remote.role);
  StartDtls(now);
  Settle(now);
  return *role_;
}

void WebRtcTransport::StartDtls(Instant now) {
  if (dtls_.CurrentState() != dtls::State::kNew || !role_ || agent_.Selected() == nullptr) return;
  const auto started = dtls_.Start(*role_, now);
  RC_ASSERT(started.Ok());  // no other role was taken
  OnDtls(*started, now);
}

void WebRtcTransport::OnDtlsDatagram(const ice::Tuple& from, ByteView datagram, Instant now) {
  const auto update = dtls_.Receive(datagram, now);
  if (update.state == dtls::State::kConnected) routability_.OnDtlsConnected();
  if (OnDtls(update, now)) agent_.OnAuthenticated(from, now);
}

bool WebRtcTransport::OnDtls(const dtls::Update& update, Instant now) {
  if (update.dropped) {
    CountDrop(DropReason::kRefusedDtls);
    rejects_.OnDtls(*update.dropped);
  }
  while (const auto datagram = dtls_.NextDatagram()) SendDtls(*datagram, now);
  if (update.state) OnDtlsState(*update.state, now);
  bool authenticated = false;
  while (const auto message = dtls_.NextMessage()) {
    authenticated = true;
    if (Sctp() == nullptr) {
      CountDrop(DropReason::kUnexpectedProtocol);
    } else {
      Sctp()->Receive(*message, now);
    }
  }
  return authenticated;
}

void WebRtcTransport::OnDtlsState(dtls::State state, Instant now) {
  const auto* session = dtls_.Negotiated();
  if (session != nullptr) {
    const auto& keys = session->srtp;
    const auto suite = SuiteOf(keys.profile);
    const auto own = srtp::MasterKey::FromBytes(suite, keys.local.Bytes());
    const auto remote = srtp::MasterKey::FromBytes(suite, keys.remote.Bytes());
    RC_ASSERT(own.Ok() && remote.Ok());
    const auto started = StartSrtp(*own, *remote);
    RC_ASSERT(started.Ok());
    log::Debug(log::Tag::kSrtp, "transport ", Id(), ": SRTP started with ", srtp::Name(suite));
  }
  if (const auto failure = dtls_.WhyFailed()) rejects_.OnDtlsFailure(*failure);
  context_.notifier.DtlsState(Id(), state, session != nullptr ? session->remoteCertificate : "");
  UpdateConnected(now);
  if (Sctp() == nullptr) return;
  if (state == dtls::State::kConnected) Sctp()->Connect(now);
  if (state == dtls::State::kClosed || state == dtls::State::kFailed) Sctp()->Close(now);
}

void WebRtcTransport::UpdateConnected(Instant now) {
  SetConnected(agent_.Selected() != nullptr && dtls_.Negotiated() != nullptr, now);
}

std::optional<Instant> WebRtcTransport::NextProtocolTimeout() const {
  return Earlier(DatagramTransport::NextProtocolTimeout(),
                 Earlier(agent_.NextTimeout(), dtls_.NextTimeout()));
}

void WebRtcTransport::OnProtocolTimeout(Instant now) {
  if (const auto due = agent_.NextTimeout(); due && now >= *due) OnIce(agent_.OnTimeout(now), now);
  if (const auto due = dtls_.NextTimeout(); due && now >= *due) OnDtls(dtls_.OnTimeout(now), now);
  DatagramTransport::OnProtocolTimeout(now);
}

// --- Sending ---

const ice::Tuple* WebRtcTransport::Route(std::size_t bytes, ice::ReturnRoutability::Use use, Instant now) {
  const auto* selected = agent_.Selected();
  if (selected == nullptr) return nullptr;
  if (!routability_.Limited() || routability_.Take(*selected, bytes, use, now)) return selected;
  const auto* fallback = routability_.Fallback();
  return fallback != nullptr && agent_.HasConsent(*fallback, now) ? fallback : nullptr;
}

WebRtcTransport::RoutingEgress::RoutingEgress(WebRtcTransport& owner)
    : Egress(owner.context_.egressBatch), owner_(owner) {}

SendReport WebRtcTransport::RoutingEgress::Send(Instant now) {
  auto& out = owner_.Out();
  if (!owner_.routability_.Limited()) return out.Send(now);
  const auto& packets = Queue().Packets();
  std::size_t bytes = 0;
  for (const auto& packet : packets) bytes += packet.size + srtp::kMaxOverhead;
  const auto* to = owner_.Route(bytes, ice::ReturnRoutability::Use::kMedia, now);
  if (to == nullptr) {
    owner_.CountDrop(DropReason::kUnconfirmedAddress, packets.size());
    return {};
  }
  const auto& selected = *owner_.agent_.Selected();
  out.SetDestination(to->socket, to->remote);
  const auto report = out.Send(now);
  out.SetDestination(selected.socket, selected.remote);
  return report;
}

std::optional<std::int64_t> WebRtcTransport::RoutingEgress::NextSrtpIndex(Ssrc ssrc) const {
  return owner_.Out().NextSrtpIndex(ssrc);
}

void WebRtcTransport::SendRtcp(ByteView compound, Instant now) {
  if (!Connected()) return;
  const auto size = compound.size() + srtp::kMaxOverhead;
  const auto* to = Route(size, ice::ReturnRoutability::Use::kControl, now);
  // A receiver of the sender report could confirm the selected address with it, so it must not be sent to
  // another one.
  const bool elsewhere = to != agent_.Selected() && rtcp::IsSenderReport(compound);
  if (to == nullptr || elsewhere) return CountDrop(DropReason::kUnconfirmedAddress);
  SendRtcpTo(compound, to->socket, to->remote, now);
}

void WebRtcTransport::SendDtls(ByteView datagram, Instant now) {
  const auto* to = Route(datagram.size(), ice::ReturnRoutability::Use::kControl, now);
  if (to == nullptr) {
    if (agent_.Selected() != nullptr) CountDrop(DropReason::kUnconfirmedAddress);
    return;
  }
  routability_.OnDtlsSent(*to);
  SendDatagram(datagram, to->socket, to->remote, now);
}

void WebRtcTransport::SendSctpPacket(ByteView packet, Instant now) {
  if (!dtls_.Send(packet)) return;  // not connected
  while (const auto datagram = dtls_.NextDatagram()) SendDtls(*datagram, now);
}

// --- Return routability ---

Instant WebRtcTransport::SenderReportTime(Instant now) {
  return routability_.Limited() ? routability_.ChallengeTime(context_.environment.random, now) : now;
}

// --- Descriptions ---

std::optional<Tuple> WebRtcTransport::SelectedTuple() const {
  const auto* selected = agent_.Selected();
  if (selected == nullptr) return std::nullopt;
  return ports_->Describe(*selected);
}

TransportDump WebRtcTransport::Dump() const {
  auto dump = DatagramTransport::Dump();
  dump.webRtc = TransportDump::WebRtc{};
  auto& webRtc = *dump.webRtc;
  webRtc.iceParameters = {agent_.Local().ufrag, agent_.Local().password};
  webRtc.iceCandidates = ports_->Candidates();
  webRtc.iceState = agent_.State();
  webRtc.iceSelectedTuple = SelectedTuple();
  for (const auto algorithm : dtls::kHashAlgorithms)
    webRtc.dtlsParameters.fingerprints.push_back(context_.environment.dtls.Own().FingerprintBy(algorithm));
  webRtc.dtlsParameters.role = role_.value_or(dtls::Role::kAuto);
  webRtc.dtlsState = dtls_.CurrentState();
  return dump;
}

TransportStats WebRtcTransport::Stats(Instant now) {
  auto stats = DatagramTransport::Stats(now);
  stats.webRtc = TransportStats::WebRtc{
      .iceState = agent_.State(), .iceSelectedTuple = SelectedTuple(), .dtlsState = dtls_.CurrentState()};
  return stats;
}

}  // namespace ringcast::rtc
