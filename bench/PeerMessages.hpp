#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace ringcast::bench {

// What a worker and a process with browsers tell each other where a controller and pages would, one packet of
// a SOCK_SEQPACKET socket each.
struct PeerMessage {
  enum class Kind : std::uint8_t {
    kHello,   // browsers: fingerprint, of the certificate of all of them
    kOpen,    // browsers: a transport of that number is wanted
    kTicket,  // worker: how it is reached
    kClose,   // browsers: it is not needed any more
    kBegin,   // browsers: a part of the measurement begins, by its number
    kEnd,     // browsers: it is over
    kGo,      // worker: go on
    kDone,    // browsers: that was all
  };
  Kind kind = Kind::kHello;
  bool tcp = false;              // kTicket
  std::uint16_t port = 0;        // kTicket
  std::uint32_t number = 0;      // kOpen, kTicket, kClose, kBegin, kEnd
  std::array<char, 32> ufrag{};  // kTicket, ended with a zero
  std::array<char, 64> password{};
  std::array<std::uint8_t, 32> fingerprint{};  // sha-256; of us in kHello, of the worker in kTicket
};
static_assert(std::is_trivially_copyable_v<PeerMessage>);

// False: the other is gone.
bool SendMessage(int control, const PeerMessage& message);
// Waits. nullopt: likewise.
[[nodiscard]] std::optional<PeerMessage> ReceiveMessage(int control);

}  // namespace ringcast::bench
