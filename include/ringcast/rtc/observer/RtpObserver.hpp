#pragma once

#include <string>
#include <string_view>

#include "ringcast/base/Result.hpp"
#include "ringcast/base/TimerQueue.hpp"
#include "ringcast/rtc/router/Router.hpp"
#include "ringcast/rtc/worker/WorkerContext.hpp"

namespace ringcast::rtc {

// Watches the audio levels of producers of one router and notifies the controller.
class RtpObserver {
 public:
  // Observers report at most this often, whatever interval the controller requests.
  static constexpr Duration kShortestInterval = Milliseconds(100);

  virtual ~RtpObserver();
  RtpObserver(const RtpObserver&) = delete;
  RtpObserver& operator=(const RtpObserver&) = delete;

  [[nodiscard]] const std::string& Id() const { return id_; }
  [[nodiscard]] bool Paused() const { return paused_; }
  void Pause();
  void Resume(Instant now);

  // Adding a producer again has no effect. NotFoundError: the router has no such producer. TypeError: it is
  // not an audio producer.
  Status AddProducer(const std::string& producerId, Instant now);
  // NotFoundError: the observer does not have it.
  Status RemoveProducer(std::string_view producerId);

 protected:
  RtpObserver(WorkerContext& context, Router& router, std::string id, std::uint16_t intervalMs);

  [[nodiscard]] Duration Interval() const { return interval_; }
  [[nodiscard]] Notifier& Notify() { return context_.notifier; }
  // Arms the timer for OnTimeout() if it is not armed yet.
  void ArmAt(Instant deadline);

  virtual void Add(Producer& producer) = 0;
  [[nodiscard]] virtual bool Remove(std::string_view producerId) = 0;
  [[nodiscard]] virtual bool Has(std::string_view producerId) const = 0;
  // Forgets all levels, because the observer was paused or its last producer was removed.
  virtual void Reset() = 0;
  // The observer has a producer and is not paused: it was one of these before.
  virtual void Start(Instant /*now*/) {}
  virtual void OnTimeout(Instant now) = 0;

 private:
  WorkerContext& context_;
  Router& router_;
  std::string id_;
  Duration interval_;
  bool paused_ = false;
  Timer timer_;
  Index<RtpObserver>::Entry entry_;
};

}  // namespace ringcast::rtc
