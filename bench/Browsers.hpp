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

// Many browsers in one process, with a shared certificate and one loop over their sockets, their timers and
// the worker's messages.
class Browsers {
 public:
  // Generates the certificate and sends its fingerprint to the worker.
  [[nodiscard]] static Result<std::unique_ptr<Browsers>> Start(int control);
  Browsers(const Browsers&) = delete;
  Browsers& operator=(const Browsers&) = delete;
  ~Browsers();

  // Requests a transport with this number for a browser. The browser exists once Find() returns it. Error:
  // the worker is gone.
  Status Ask(std::uint32_t number) const;
  [[nodiscard]] BrowserPeer* Find(std::uint32_t number);
  // Sends the browser's first STUN request, and runs the browser from now on.
  Status Begin(std::uint32_t number);
  // Closes the browser and its transport.
  Status Close(std::uint32_t number);

  // Sends the report to the worker and waits for its kGo. No ticket may be pending.
  Status Report(PeerMessage::Kind kind, std::uint32_t number) const;

  // Waits for an event, at most until `until`, and runs the browsers' timers. Calls `onChange` for each
  // browser whose ticket arrived, whose socket became readable or whose timer fired; `onChange` may close any
  // browser.
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
