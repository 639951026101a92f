#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "ringcast/base/Result.hpp"
#include "ringcast/base/SeededHash.hpp"
#include "ringcast/net/DropReason.hpp"
#include "ringcast/rtc/Descriptions.hpp"
#include "ringcast/rtc/transport/IcePorts.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

class WebRtcTransport;

// Sockets that many WebRTC transports share. A binding request carries the ufrag of its transport; the
// packets that follow from the same tuple belong to the transport that has validated the tuple.
class WebRtcServer final : private IcePorts::PacketReceiver {
 public:
  // UDP sockets get larger receive buffers than the system's default, unless the controller sets their size.
  // TypeError, Error: as IcePorts::Open.
  [[nodiscard]] static Result<std::unique_ptr<WebRtcServer>> Create(
      WorkerContext& context, const std::string& id, const std::vector<ListenInfo>& listenInfos);
  ~WebRtcServer() override;  // its transports are gone by then
  WebRtcServer(const WebRtcServer&) = delete;
  WebRtcServer& operator=(const WebRtcServer&) = delete;

  [[nodiscard]] const std::string& Id() const { return id_; }
  [[nodiscard]] IcePorts& Ports() { return *ports_; }
  [[nodiscard]] WebRtcServerDump Dump() const;
  [[nodiscard]] const net::DropCounters& Drops() const { return drops_; }
  [[nodiscard]] std::vector<WebRtcTransport*> Transports() const { return transports_; }

  // --- For WebRtcPorts ---

  void Add(WebRtcTransport& transport) { transports_.push_back(&transport); }
  // Its ufrags and tuples have been removed before.
  void Remove(WebRtcTransport& transport) { std::erase(transports_, &transport); }
  void AddUfrag(const std::string& ufrag, WebRtcTransport& transport) { ufrags_[ufrag] = &transport; }
  void RemoveUfrag(const std::string& ufrag) { ufrags_.erase(ufrag); }
  void AddTuple(const ice::Tuple& tuple, WebRtcTransport& transport);
  void RemoveTuple(const ice::Tuple& tuple, const WebRtcTransport& transport);

 private:
  struct TupleHash {
    SeededHash<net::Address> ofAddress;

    std::size_t operator()(const ice::Tuple& tuple) const {
      return ofAddress(tuple.remote) ^ (std::size_t{tuple.socket.Value()} * 0x9e3779b97f4a7c15);
    }
  };

  WebRtcServer(WorkerContext& context, const std::string& id);

  void OnStun(const ice::Tuple& from, const IcePorts::Stun& stun, Instant now) override;
  void OnPacket(const ice::Tuple& from, net::PacketProtocol protocol, net::PacketRef packet,
                Instant now) override;
  void OnConnectionClosed(const ice::Tuple& from, Instant now) override;
  [[nodiscard]] WebRtcTransport* FindByUfrag(const stun::Message& request) const;
  [[nodiscard]] WebRtcTransport* FindByTuple(const ice::Tuple& tuple);

  std::string id_;
  WorkerContext& context_;
  std::unique_ptr<IcePorts> ports_;
  std::vector<WebRtcTransport*> transports_;
  std::map<std::string, WebRtcTransport*, std::less<>> ufrags_;  // looked up by view
  std::unordered_map<ice::Tuple, WebRtcTransport*, TupleHash> tuples_;
  ice::Tuple lastTuple_;  // found last, for lastTransport_
  WebRtcTransport* lastTransport_ = nullptr;
  net::DropCounters drops_;
  Index<WebRtcServer>::Entry entry_;
};

}  // namespace ringcast::rtc
