#include "ringcast/rtc/transport/DatagramTransport.hpp"

#include <algorithm>
#include <utility>

namespace ringcast::rtc {

using net::DropReason;

namespace {

DropReason ReasonOf(srtp::Failure failure) {
  switch (failure) {
    case srtp::Failure::kAuthentication:
      return DropReason::kSrtpAuthentication;
    case srtp::Failure::kReplay:
      return DropReason::kSrtpReplay;
    case srtp::Failure::kMalformed:
      return DropReason::kSrtpMalformed;
  }
  return DropReason::kSrtpMalformed;
}

}  // namespace

DatagramTransport::DatagramTransport(WorkerContext& context, Router& router, std::string id,
                                     const TransportOptions& options, SctpLink::Carrier carrier)
    : Transport(context, router, std::move(id), options),
      egress_(context.egressBatch, context.environment.sink) {
  Sender().SetEgress(egress_);
  if (options.enableSctp)
    Data().SetLink(sctp_.emplace(context, *this, static_cast<SctpOutput&>(*this), options, carrier), true);
}

// Data consumers use the association until they are gone.
DatagramTransport::~DatagramTransport() { Data().Close(); }

void DatagramTransport::Close(Instant now) {
  Rtcp().SayGoodbye(now);
  if (sctp_) sctp_->Close(now);
}

std::optional<Instant> DatagramTransport::NextProtocolTimeout() const {
  return sctp_ ? sctp_->NextTimeout() : std::nullopt;
}

void DatagramTransport::OnProtocolTimeout(Instant now) {
  if (!sctp_) return;
  if (const auto due = sctp_->NextTimeout(); due && now >= *due) sctp_->OnTimeout(now);
}

TransportDump DatagramTransport::Dump() const {
  auto dump = Transport::Dump();
  if (sctp_) dump.sctp = sctp_->Describe();
  return dump;
}

TransportStats DatagramTransport::Stats(Instant now) {
  auto stats = Transport::Stats(now);
  if (sctp_) stats.sctpState = sctp_->Describe().state;
  return stats;
}

Status DatagramTransport::StartSrtp(const srtp::MasterKey& own, const srtp::MasterKey& remote) {
  const auto engine = context_.environment.srtpEngine;
  auto inbound = srtp::Inbound::Create(remote, engine);
  if (!inbound) return inbound.Failure();
  auto encryptor = srtp::RtpEncryptor::Create(own, engine);
  if (!encryptor) return encryptor.Failure();
  rtcpEncryptor_.emplace(own);
  inbound_ = std::move(*inbound);
  egress_.StartSrtp(std::move(*encryptor));
  return OkStatus();
}

bool DatagramTransport::Decrypt(net::PacketRef& packet, bool rtcp) {
  if (!inbound_) return true;
  const auto outcome =
      rtcp ? inbound_->UnprotectRtcp(packet.Mutable()) : inbound_->UnprotectRtp(packet.Mutable());
  if (outcome.failure) {
    CountDrop(ReasonOf(*outcome.failure));
    return false;
  }
  packet.SetSize(outcome.size);
  return true;
}

void DatagramTransport::SendRtcpTo(ByteView compound, net::SocketId socket, const net::Address& to,
                                   Instant now) {
  auto slot = context_.environment.sink.Acquire(compound.size() + srtp::kMaxOverhead);
  if (!slot) return CountDrop(DropReason::kNotSent);
  const MutableBytes room = slot->Room();
  std::copy(compound.begin(), compound.end(), room.begin());
  std::size_t size = compound.size();
  if (rtcpEncryptor_) {
    const auto encrypted = rtcpEncryptor_->Protect(room, size);
    if (!encrypted) return CountDrop(DropReason::kProtectFailed);
    size = *encrypted;
  }
  context_.environment.sink.Send(std::move(*slot), net::Segments::One(size), socket, to);
  Traffic().sent.Add(size, now);
}

void DatagramTransport::SendDatagram(ByteView datagram, net::SocketId socket, const net::Address& to,
                                     Instant now) {
  if (sendingSctp_) return AddToRun(datagram, socket, to, now);
  auto slot = context_.environment.sink.Acquire(datagram.size());
  if (!slot) return CountDrop(DropReason::kNotSent);
  std::copy(datagram.begin(), datagram.end(), slot->Room().begin());
  context_.environment.sink.Send(std::move(*slot), net::Segments::One(datagram.size()), socket, to);
  Traffic().sent.Add(datagram.size(), now);
}

// --- SCTP ---

void DatagramTransport::SendSctp(ByteView packet, Instant now) {
  sendingSctp_ = true;
  SendSctpPacket(packet, now);
  sendingSctp_ = false;
}

void DatagramTransport::FlushSctp(Instant now) { SendRun(now); }

void DatagramTransport::AddToRun(ByteView datagram, net::SocketId socket, const net::Address& to,
                                 Instant now) {
  auto& bytes = run_.bytes;
  const bool ended = !bytes.empty() && bytes.size() % run_.size != 0;  // by a shorter datagram
  const bool fits = !bytes.empty() && !ended && run_.socket == socket && run_.to == to &&
                    datagram.size() <= run_.size && bytes.size() + datagram.size() <= net::kMaxRunBytes &&
                    bytes.size() / run_.size < net::kMaxSegments;
  if (!fits) {
    SendRun(now);
    run_.socket = socket;
    run_.to = to;
    run_.size = datagram.size();
  }
  bytes.insert(bytes.end(), datagram.begin(), datagram.end());
}

void DatagramTransport::SendRun(Instant now) {
  auto& bytes = run_.bytes;
  if (bytes.empty()) return;
  const net::Segments segments{run_.size, bytes.size()};
  if (auto slot = context_.environment.sink.Acquire(bytes.size())) {
    std::copy(bytes.begin(), bytes.end(), slot->Room().begin());
    context_.environment.sink.Send(std::move(*slot), segments, run_.socket, run_.to);
    Traffic().sent.Add(bytes.size(), now, segments.Count());
  } else {
    CountDrop(DropReason::kNotSent, segments.Count());
  }
  bytes.clear();
  // Idle associations need no memory for it.
  if (bytes.capacity() > net::DatagramSink::kSmallSlot) bytes.shrink_to_fit();
}

}  // namespace ringcast::rtc
