#include "io/SegmentationPolicy.hpp"

#include <algorithm>
#include <span>

namespace ringcast::io {

namespace {

// Returns the host of the address, with port 0. For IPv6 it is the /64 prefix, since a host has a /64 of
// addresses of its own (RFC 4291 section 2.5.1, RFC 8273).
net::Address HostOf(const net::Address& address) {
  constexpr std::size_t kPrefixBytes = 8;
  std::array<std::uint8_t, 16> bytes{};
  const auto ip = address.IpBytes();
  std::copy_n(ip.begin(), address.IsV6() ? kPrefixBytes : ip.size(), bytes.begin());
  return net::Address::FromIpBytes(ByteView(bytes).first(ip.size()), 0).value_or(address);
}

}  // namespace

bool SegmentationPolicy::Allows(net::SocketId socket, const net::Address& to, Instant now) {
  if (now >= lastDeadline_) {
    *this = {};
    return true;
  }
  for (const auto& refusing : refusing_) {
    if (refusing.id == socket && now < refusing.deadline) return false;
  }
  return std::ranges::none_of(std::span(SetOf(socket, to), kWays), [&](const Destination& one) {
    return now < one.deadline && one.socket == socket && one.to == to;
  });
}

void SegmentationPolicy::OnRefused(net::SocketId socket, const net::Address& to, Instant now) {
  NoteDestination(socket, to, now);
  lastDeadline_ = now + kRetryAfter;
  if (!NoteHost(socket, to, now)) return;
  std::erase_if(refusing_,
                [&](const RefusingSocket& one) { return one.id == socket || one.deadline <= now; });
  if (refusing_.size() == kMaxSockets) refusing_.erase(refusing_.begin());
  refusing_.push_back({socket, now + kRetryAfter});
}

void SegmentationPolicy::OnSent(net::SocketId socket) {
  std::erase_if(sockets_, [&](const Socket& one) { return one.id == socket; });
}

SegmentationPolicy::Destination* SegmentationPolicy::SetOf(net::SocketId socket, const net::Address& to) {
  constexpr std::size_t kSets = kMaxDestinations / kWays;
  const auto set = (to.Hash() + std::hash<net::SocketId>()(socket)) % kSets;
  return &destinations_[set * kWays];
}

void SegmentationPolicy::NoteDestination(net::SocketId socket, const net::Address& to, Instant now) {
  destinations_.resize(kMaxDestinations);
  const std::span set(SetOf(socket, to), kWays);
  auto place =
      std::ranges::find_if(set, [&](const Destination& one) { return one.socket == socket && one.to == to; });
  if (place == set.end()) place = std::ranges::min_element(set, {}, &Destination::deadline);
  *place = {socket, to, now + kRetryAfter};
}

bool SegmentationPolicy::NoteHost(net::SocketId socket, const net::Address& to, Instant now) {
  const auto found = std::ranges::find(sockets_, socket, &Socket::id);
  Socket noted = found == sockets_.end() ? Socket{.id = socket, .refusals = {}} : *found;
  if (found != sockets_.end()) sockets_.erase(found);

  const auto host = HostOf(to);
  const auto end = std::remove_if(
      noted.refusals.begin(), noted.refusals.begin() + static_cast<std::ptrdiff_t>(noted.count),
      [&](const Refusal& one) { return one.host == host || one.at + kRetryAfter <= now; });
  noted.count = static_cast<std::size_t>(end - noted.refusals.begin());
  noted.refusals[noted.count++] = {host, now};
  if (noted.count == kAgreeingHosts) return true;

  if (sockets_.size() == kMaxSockets) sockets_.erase(sockets_.begin());
  sockets_.push_back(noted);
  return false;
}

}  // namespace ringcast::io
