#include <cstdint>
#include <utility>

#include "channel/Enums.hpp"
#include "channel/ToFbs.hpp"

namespace ringcast::channel {

namespace {

namespace fbs = FBS::WebRtcTransport;

// RFC 8445 sections 2.5 and 6.1.1: the worker is always a lite implementation, and therefore the controlled
// agent.
constexpr bool kIceLite = true;
constexpr auto kIceRole = fbs::IceRole::CONTROLLED;

Offset<fbs::IceParameters> ToFbs(Builder& builder, const rtc::IceParameters& parameters) {
  const auto ufrag = builder.CreateString(parameters.usernameFragment);
  const auto password = builder.CreateString(parameters.password);
  return fbs::CreateIceParameters(builder, ufrag, password, kIceLite);
}

Offset<fbs::IceCandidate> ToFbs(Builder& builder, const ice::Candidate& candidate) {
  const auto foundation = builder.CreateString(candidate.foundation);
  const auto address = builder.CreateString(candidate.address);
  fbs::IceCandidateBuilder table(builder);
  table.add_foundation(foundation);
  table.add_priority(candidate.priority);
  table.add_address(address);
  table.add_protocol(channel::ToFbs(candidate.protocol));
  table.add_port(candidate.port);
  table.add_type(fbs::IceCandidateType::HOST);
  if (candidate.protocol == net::TransportProtocol::kTcp)
    table.add_tcp_type(fbs::IceCandidateTcpType::PASSIVE);
  return table.Finish();
}

Offset<fbs::DtlsParameters> ToFbs(Builder& builder, const rtc::DtlsParameters& parameters) {
  const auto fingerprints =
      ListToFbs(builder, parameters.fingerprints, [&builder](const dtls::Fingerprint& fingerprint) {
        const auto value = builder.CreateString(fingerprint.Text());
        return fbs::CreateFingerprint(builder, channel::ToFbs(fingerprint.Algorithm()), value);
      });
  return fbs::CreateDtlsParameters(builder, fingerprints, channel::ToFbs(parameters.role));
}

auto SocketsToFbs(Builder& builder, const std::vector<std::pair<std::string, std::uint16_t>>& sockets) {
  return ListToFbs(builder, sockets, [&builder](const auto& socket) {
    return FBS::WebRtcServer::CreateIpPort(builder, builder.CreateString(socket.first), socket.second);
  });
}

}  // namespace

Offset<fbs::DumpResponse> WebRtcToFbs(Builder& builder, const rtc::TransportDump& dump) {
  const auto& webRtc = *dump.webRtc;
  const auto base = channel::ToFbs(builder, dump);
  const auto iceParameters = ToFbs(builder, webRtc.iceParameters);
  const auto candidates = ListToFbs(builder, webRtc.iceCandidates,
                                    [&builder](const auto& candidate) { return ToFbs(builder, candidate); });
  const auto tuple = TupleIfAny(builder, webRtc.iceSelectedTuple);
  const auto dtlsParameters = ToFbs(builder, webRtc.dtlsParameters);
  return fbs::CreateDumpResponse(builder, base, kIceRole, iceParameters, candidates,
                                 channel::ToFbs(webRtc.iceState), tuple, dtlsParameters,
                                 channel::ToFbs(webRtc.dtlsState));
}

Offset<fbs::GetStatsResponse> WebRtcToFbs(Builder& builder, const rtc::TransportStats& stats) {
  const auto& webRtc = *stats.webRtc;
  const auto base = channel::ToFbs(builder, stats);
  const auto tuple = TupleIfAny(builder, webRtc.iceSelectedTuple);
  return fbs::CreateGetStatsResponse(builder, base, kIceRole, channel::ToFbs(webRtc.iceState), tuple,
                                     channel::ToFbs(webRtc.dtlsState));
}

Offset<FBS::Transport::RestartIceResponse> RestartToFbs(Builder& builder,
                                                        const rtc::IceParameters& parameters) {
  const auto ufrag = builder.CreateString(parameters.usernameFragment);
  const auto password = builder.CreateString(parameters.password);
  return FBS::Transport::CreateRestartIceResponse(builder, ufrag, password, kIceLite);
}

Offset<FBS::WebRtcServer::DumpResponse> ToFbs(Builder& builder, const rtc::WebRtcServerDump& dump) {
  const auto id = builder.CreateString(dump.id);
  const auto udpSockets = SocketsToFbs(builder, dump.udpSockets);
  const auto tcpServers = SocketsToFbs(builder, dump.tcpServers);
  const auto transports = builder.CreateVectorOfStrings(dump.webRtcTransportIds);
  const auto ufrags = ListToFbs(builder, dump.localUfrags, [&builder](const auto& entry) {
    const auto ufrag = builder.CreateString(entry.first);
    return FBS::WebRtcServer::CreateIceUserNameFragment(builder, ufrag, builder.CreateString(entry.second));
  });
  return FBS::WebRtcServer::CreateDumpResponse(builder, id, udpSockets, tcpServers, transports, ufrags);
}

}  // namespace ringcast::channel
