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
  auto slot = context_.environment.sink.Acquire(datagram.size());
  if (!slot) return CountDrop(DropReason::kNotSent);
  std::copy(datagram.begin(), datagram.end(), slot->Room().begin());
  context_.environment.sink.Send(std::move(*slot), net::Segments::One(datagram.size()), socket, to);
  Traffic().sent.Add(datagram.size(), now);
}

}  // namespace ringcast::rtc
