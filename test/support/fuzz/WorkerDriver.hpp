#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <flatbuffers/flatbuffer_builder.h>

#include "support/NotificationMonitor.hpp"
#include "support/PoolMonitor.hpp"
#include "support/SimWorker.hpp"
#include "support/TrafficMonitor.hpp"
#include "support/fuzz/WorkerMedia.hpp"
#include "support/fuzz/WorkerPeer.hpp"
#include "support/fuzz/WorkerScript.hpp"

namespace ringcast::fuzz {

// Runs scripts on a simulated worker as its controller and all participants, and checks the invariants of
// all scripts.
class WorkerDriver {
 public:
  WorkerDriver();
  ~WorkerDriver();
  WorkerDriver(const WorkerDriver&) = delete;
  WorkerDriver& operator=(const WorkerDriver&) = delete;

  // Allocates all packet buffers that the pool may have, so that it allocates none later.
  void FillPool();
  // Runs a script. The limits per run (packets, handshakes) restart.
  void Run(ByteView script);
  // Closes the remaining objects of the script in one of several orders, and checks that none is left.
  void CloseAll(std::uint8_t order);

  // How much of the worker the scripts reached.
  struct Counters {
    std::size_t transports = 0, connected = 0, producers = 0, consumers = 0;
    std::size_t rtpReceived = 0, rtpSent = 0, rtcpSent = 0, rejected = 0;
  };
  [[nodiscard]] const Counters& Counted() const { return counted_; }

 private:
  struct Consumer {
    std::string id;
    std::string transport;
    std::vector<Ssrc> ssrcs;
  };

  bool RunOne(ByteReader& input);
  void Execute(const script::AddTransport& command);
  void Execute(const script::Connect& command);
  void Execute(const script::Produce& command);
  void Execute(const script::Consume& command);
  void Execute(const script::Media& command, ByteReader& input);
  void Execute(const script::Retransmit& command);
  void Execute(const script::Rtcp& command, ByteReader& input);
  void Execute(const script::Nack& command);
  void Execute(const script::Raw& command, ByteReader& input);
  void Execute(const script::Advance& command);
  void Execute(const script::ControlConsumer& command);
  void Execute(const script::ControlProducer& command);
  void Execute(const script::ControlTransport& command);
  void Execute(const script::Close& command);
  void Execute(const script::Stun& command);

  Status CreateTransport(const script::AddTransport& command, const std::string& id);
  void SendRtp(const ScriptSource& source, std::vector<std::uint8_t> packet);
  void SendRtcp(ScriptPeer& peer, std::vector<std::uint8_t> compound);
  // Called before each request of the controller.
  void BeginRequest();
  void EndTurn();
  void EndTurns();
  void Advance(Duration duration, bool busy);
  void Observe();
  void Describe(const rtc::Transport& transport);
  // Removes the objects that the worker has closed.
  void Prune();
  [[nodiscard]] Ssrc PickSsrc(const std::string& transport, std::uint8_t about) const;
  ScriptPeer* PickPeer(std::uint8_t index);
  [[nodiscard]] ScriptPeer* PeerOf(const std::string& transport);

  test::SimWorker sim_;
  test::PoolMonitor poolMonitor_;
  test::NotificationMonitor notificationMonitor_;
  test::TrafficMonitor trafficMonitor_;
  flatbuffers::FlatBufferBuilder builder_;
  std::uint32_t number_ = 0;  // number of the next object
  std::size_t handshakes_ = 0;
  std::size_t mostStreams_ = 0;  // highest number of consumer streams
  std::deque<std::unique_ptr<ScriptPeer>> peers_;
  std::deque<ScriptSource> sources_;
  std::deque<Consumer> consumers_;
  Counters counted_;
};

}  // namespace ringcast::fuzz
