#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "bench/BrowserPeer.hpp"
#include "bench/PeerMessages.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/base/Result.hpp"
#include "ringcast/base/Time.hpp"
#include "ringcast/dtls/Context.hpp"

namespace ringcast::bench {

// Many browsers in one process, with one certificate and one loop over their sockets, their timers and the
// messages of the worker.
class Browsers {
 public:
  // Makes the certificate and tells the worker of it.
  [[nodiscard]] static Result<std::unique_ptr<Browsers>> Start(int control);
  Browsers(const Browsers&) = delete;
  Browsers& operator=(const Browsers&) = delete;
  ~Browsers();

  // A transport of that number is made for a browser, which is there once Find() knows it. Error: the worker
  // is gone.
  Status Ask(std::uint32_t number) const;
  [[nodiscard]] BrowserPeer* Find(std::uint32_t number);
  // Sends its first STUN request, and from here on it is run.
  Status Begin(std::uint32_t number);
  // Both ends go.
  Status Close(std::uint32_t number);

  // Tells the worker and waits for its go-ahead. No ticket is on its way then.
  Status Report(PeerMessage::Kind kind, std::uint32_t number) const;

  // Waits until something happens, or until then, and lets the browsers do what is due. `onChange` gets each
  // whose ticket came, and each to which something came; it may close any.
  using OnChange = std::function<Status(std::uint32_t number, BrowserPeer& peer)>;
  Status RunOnce(Instant until, const OnChange& onChange);

 private:
  Browsers(int control, int epoll, dtls::Context context);
  Status OnControl(const OnChange& onChange);
  Status RunTimers(Instant now, const OnChange& onChange);
  [[nodiscard]] Instant NextTimeout(Instant until) const;

  int control_;
  int epoll_;
  SystemRandom random_;
  dtls::Context context_;
  BrowserBuffers buffers_;
  std::unordered_map<std::uint32_t, std::unique_ptr<BrowserPeer>> peers_;
};

}  // namespace ringcast::bench
