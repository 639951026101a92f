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

// A browser, as far as one WebRTC transport of a worker sees it: it checks the path until it is answered,
// then does the DTLS handshake as client, and speaks SRTP.
class BrowserPeer {
 public:
  struct Media {
    std::vector<std::uint8_t> packet;  // RTP, decrypted
    std::optional<Nanoseconds> arrival;
  };

  // `ticket`: of the transport. All of `context` and `buffers` outlive it.
  BrowserPeer(const dtls::Context& context, BrowserBuffers& buffers, const PeerMessage& ticket,
              Random& random);

  // Opens the socket and sends the first STUN request. What follows comes from OnReadable and OnTimeout.
  Status Start();
  void OnReadable();
  [[nodiscard]] Instant NextTimeout() const;
  void OnTimeout(Instant now);

  [[nodiscard]] int Descriptor() const { return socket_->Descriptor(); }
  [[nodiscard]] bool Started() const { return socket_ != nullptr; }
  [[nodiscard]] bool Connected() const { return outbound_.has_value(); }
  [[nodiscard]] bool Failed() const { return dtls_.CurrentState() == dtls::State::kFailed || gaveUp_; }
  [[nodiscard]] std::string WhyFailed() const;
  // From the first STUN request to the end of the handshake. Our Finished is answered by the worker's, so
  // that both ends are connected by then.
  [[nodiscard]] Duration SetUpTime() const { return connectedAt_ - startedAt_; }

  // `buffer` holds an RTP packet of that size and has room for SRTP. False: not connected.
  bool SendRtp(MutableBytes buffer, std::size_t size);
  // What arrived since the last call.
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

// The worker's message about one transport as DTLS takes it.
[[nodiscard]] inline dtls::Fingerprint FingerprintOf(const PeerMessage& message) {
  return {dtls::HashAlgorithm::kSha256, message.fingerprint};
}

}  // namespace ringcast::bench
