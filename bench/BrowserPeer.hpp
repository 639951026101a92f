#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/BrowserSocket.hpp"
#include "bench/PeerMessages.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/dtls/Connection.hpp"
#include "ringcast/srtp/Srtp.hpp"
#include "ringcast/stun/IntegrityKey.hpp"
#include "ringcast/stun/Message.hpp"

namespace ringcast::bench {

// Simulates a browser towards one WebRTC transport of a worker: it sends connectivity checks until one is
// answered, performs the DTLS handshake as the client, and sends and receives SRTP.
class BrowserPeer {
 public:
  struct Media {
    std::vector<std::uint8_t> packet;  // decrypted RTP
    std::optional<Nanoseconds> arrival;
  };

  // `ticket` is the transport's. `context` and `buffers` must outlive the peer.
  BrowserPeer(const dtls::Context& context, BrowserBuffers& buffers, const PeerMessage& ticket,
              Random& random);

  // Opens the socket and sends the first STUN request. OnReadable and OnTimeout do the rest.
  Status Start();
  void OnReadable();
  [[nodiscard]] Instant NextTimeout() const;
  void OnTimeout(Instant now);

  [[nodiscard]] int Descriptor() const { return socket_->Descriptor(); }
  [[nodiscard]] bool Started() const { return socket_ != nullptr; }
  [[nodiscard]] bool Connected() const { return outbound_.has_value(); }
  [[nodiscard]] bool Failed() const { return dtls_.CurrentState() == dtls::State::kFailed || gaveUp_; }
  [[nodiscard]] std::string WhyFailed() const;
  // Time from the first STUN request to the end of the handshake. The worker's Finished follows ours, so that
  // both ends are connected by then.
  [[nodiscard]] Duration SetUpTime() const { return connectedAt_ - startedAt_; }

  // `buffer` holds an RTP packet of `size` bytes and has room for the SRTP overhead. Returns false if not
  // connected.
  bool SendRtp(MutableBytes buffer, std::size_t size);
  // Returns the media received since the last call.
  [[nodiscard]] std::vector<Media> TakeMedia() { return std::exchange(media_, {}); }

 private:
  void SendCheck(Instant now);
  void OnStun(ByteView datagram, Instant now);
  void OnDtls(ByteView datagram, Instant now);
  void OnRtp(MutableBytes datagram, std::optional<Nanoseconds> arrival);
  void SendDtls();

  BrowserBuffers& buffers_;
  PeerMessage ticket_;
  stun::IntegrityKey integrity_;
  stun::TransactionId transaction_{};
  std::uint64_t tieBreaker_ = 0;
  std::unique_ptr<BrowserSocket> socket_;
  dtls::Connection dtls_;
  std::optional<srtp::Outbound> outbound_;
  std::optional<srtp::Inbound> inbound_;
  std::vector<Media> media_;
  Random& random_;
  Instant startedAt_;
  Instant connectedAt_;
  Instant nextCheck_;
  Duration checkInterval_{};
  bool answered_ = false;
  bool gaveUp_ = false;
};

// Returns the fingerprint of the message in the form that DTLS uses.
[[nodiscard]] inline dtls::Fingerprint FingerprintOf(const PeerMessage& message) {
  return {dtls::HashAlgorithm::kSha256, message.fingerprint};
}

}  // namespace ringcast::bench
