#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/IndexMonitor.hpp"
#include "support/SimLink.hpp"
#include "support/SimNetwork.hpp"
#include "support/SimOutputMonitor.hpp"
#include "support/SimPeer.hpp"
#include "support/SimReceiver.hpp"
#include "support/SimVideoSource.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::test {

// A room in simulated time: sources, receivers, networks and the real worker, all from one seed. The same
// seed and the same calls of the test give the same packets.
class SimRoom {
 public:
  explicit SimRoom(std::uint64_t seed);
  ~SimRoom();
  SimRoom(const SimRoom&) = delete;
  SimRoom& operator=(const SimRoom&) = delete;

  struct Path {
    LinkConditions toWorker, fromWorker;
  };
  // Each returns the publisher's number, and sets `source` and the ssrcs of the settings.
  std::size_t PublishVideo(SimVideoSettings settings, const Path& path,
                           Duration keyFrameRequestDelay = Duration::zero());
  std::size_t PublishAudio(const Path& path);

  // Adds a viewer with a separate transport: WebRTC if `secure`, else plain RTP.
  std::size_t AddViewer(const Path& path, bool secure = false);
  void RemoveViewer(std::size_t viewer);
  // Returns the subscription's number.
  std::size_t Consume(std::size_t viewer, std::size_t publisher,
                      std::optional<rtc::ConsumerLayers> preferred = std::nullopt);
  void Unsubscribe(std::size_t subscription);
  void SetPreferredLayers(std::size_t subscription, rtc::ConsumerLayers layers);
  void Pause(std::size_t subscription);
  void Resume(std::size_t subscription);

  void Run(Duration duration);
  // Checks the remaining packets at the end.
  void Finish();

  struct Subscription {
    std::size_t viewer = 0;
    std::size_t publisher = 0;
    std::string consumer;  // empty if it was closed
    bool paused = false;
    std::optional<rtc::ConsumerLayers> preferred;
    Instant lastChange;
    SimReceiver receiver;
    std::optional<SimOutputMonitor> monitor;  // for plain RTP
  };
  [[nodiscard]] const std::deque<Subscription>& Subscriptions() const { return subscriptions_; }
  [[nodiscard]] const SimVideoSource& Source(std::size_t publisher) const {
    return *publishers_[publisher].video;
  }
  [[nodiscard]] SimVideoSource& Source(std::size_t publisher) { return *publishers_[publisher].video; }
  [[nodiscard]] rtc::Producer& Producer(std::size_t publisher) {
    return sim_.Producer(publishers_[publisher].producer);
  }
  [[nodiscard]] rtc::Consumer& Consumer(std::size_t subscription) {
    return sim_.Consumer(subscriptions_[subscription].consumer);
  }
  [[nodiscard]] SimLink& LinkTo(std::size_t viewer) {
    return network_.Link(viewers_[viewer].ends.fromWorker);
  }
  [[nodiscard]] SimWorker& Worker() { return sim_; }
  [[nodiscard]] Instant Now() const { return sim_.now; }
  // Returns the faults of all receivers, decoders and monitors, and of the worker's memory.
  [[nodiscard]] std::vector<std::string> Faults();
  [[nodiscard]] std::size_t PacketsHeldAtMost() const { return packetsHeldAtMost_; }
  // Returns a hash of every datagram that the worker has sent, with its time and destination, in order per
  // destination. Two builds with the same behavior return the same hash if no transport is secure.
  [[nodiscard]] std::uint64_t OutputHash() const;

 private:
  // The worker's transport at one end of a path, and the links.
  struct Ends {
    std::string transport;
    net::Address address;  // the peer's address
    net::SocketId socket;  // the worker's socket
    SimNetwork::LinkId toWorker = 0, fromWorker = 0;
  };
  struct Publisher {
    Ends ends;
    std::string producer;
    SimCodec codec = SimCodec::kOpus;
    std::unique_ptr<SimVideoSource> video;
    std::unique_ptr<SimAudioSource> audio;
    SimInputLog input;
    [[nodiscard]] Instant NextTimeout() const { return video ? video->NextTimeout() : audio->NextTimeout(); }
  };
  struct Viewer {
    Ends ends;
    IndexMonitor indices;  // records what the worker sends, before any loss in the network
    std::unique_ptr<SimPeer> secure;
    Instant nextCheck;
    bool gone = false;
    std::vector<std::size_t> subscriptions;
  };
  enum class Side : std::uint8_t { kPublisher, kViewer };
  struct LinkEnd {
    Side side = Side::kPublisher;
    std::size_t index = 0;
    bool toWorker = false;
  };

  Ends AddEnds(Side side, std::size_t index, const Path& path, bool secure);
  void End(Subscription& subscription);
  void DeliverToWorker(const Ends& ends, ByteView datagram);
  void DeliverToPublisher(Publisher& publisher, ByteView datagram);
  void DeliverToViewer(Viewer& viewer, ByteView datagram);
  void OnPlainDatagram(Viewer& viewer, ByteView datagram);
  void Arrive(const SimNetwork::Arrival& arrival);
  void Tick(Viewer& viewer);
  void EndTurn();
  void CheckHistory();
  void SendFromWorker(ByteView datagram, const net::Address& to);
  [[nodiscard]] Instant NextEvent() const;
  void SendAll(SimNetwork::LinkId link);

  SimWorker sim_;
  SimNetwork network_;
  SeededRandom seeds_;
  std::deque<Publisher> publishers_;
  std::deque<Viewer> viewers_;
  std::deque<Subscription> subscriptions_;
  std::vector<LinkEnd> linkEnds_;
  std::vector<LinkEnd> byPort_;              // the peers' ends, by port from kFirstPort
  std::vector<std::uint64_t> outputHashes_;  // by port, like byPort_
  std::vector<std::vector<std::uint8_t>> out_;
  Instant nextTick_;
  std::size_t tickPhase_ = 0;
  // Arrival times of the publishers' packets, for as long as the worker may hold them.
  std::deque<Instant> lately_;
  std::size_t packetsHeldAtMost_ = 0;
  SimFaults faults_;
  bool turnOpen_ = false;
};

}  // namespace ringcast::test
