#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace ringcast::bench {

// Messages between a worker and a process with browsers, in place of the signalling through a controller and
// web pages. Each is one packet of a SOCK_SEQPACKET socket.
struct PeerMessage {
  enum class Kind : std::uint8_t {
    kHello,   // browsers: the fingerprint of their shared certificate
    kOpen,    // browsers: create a transport with this number
    kTicket,  // worker: the transport's address and credentials
    kClose,   // browsers: close the transport
    kBegin,   // browsers: the part of the measurement with this number begins
    kEnd,     // browsers: the part ends
    kGo,      // worker: continue
    kDone,    // browsers: all parts are complete
  };
  Kind kind = Kind::kHello;
  bool tcp = false;              // kTicket
  std::uint16_t port = 0;        // kTicket
  std::uint32_t number = 0;      // kOpen, kTicket, kClose, kBegin, kEnd
  std::array<char, 32> ufrag{};  // kTicket; NUL-terminated
  std::array<char, 64> password{};
  std::array<std::uint8_t, 32> fingerprint{};  // sha-256; of the browsers in kHello, of the worker in kTicket
};
static_assert(std::is_trivially_copyable_v<PeerMessage>);

// Returns false if the other process is gone.
bool SendMessage(int control, const PeerMessage& message);
// Blocks. Returns nullopt if the other process is gone.
[[nodiscard]] std::optional<PeerMessage> ReceiveMessage(int control);

}  // namespace ringcast::bench
