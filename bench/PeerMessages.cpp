#include "bench/PeerMessages.hpp"

#include <sys/socket.h>

namespace ringcast::bench {

bool SendMessage(int control, const PeerMessage& message) {
  return send(control, &message, sizeof message, MSG_NOSIGNAL) == sizeof message;
}

std::optional<PeerMessage> ReceiveMessage(int control) {
  PeerMessage message;
  if (recv(control, &message, sizeof message, 0) != sizeof message) return std::nullopt;
  return message;
}

}  // namespace ringcast::bench
