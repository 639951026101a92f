#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "ringcast/rtc/producer/Policer.hpp"

namespace ringcast::rtc {

// How many packets one producer publishes, for LoadShedder, and the limit on them.
class ProducerLoad {
 public:
  // `tightened`: the number of producers in the worker whose limit is tightened.
  ProducerLoad(MediaKind kind, std::size_t encodings, std::size_t& tightened)
      : policer_(kind, encodings), tightened_(tightened) {}
  ~ProducerLoad() { Loosen(); }
  ProducerLoad(const ProducerLoad&) = delete;
  ProducerLoad& operator=(const ProducerLoad&) = delete;

  // Returns false if the packet exceeds the limit, see Policer::Admit.
  [[nodiscard]] bool Admit(Instant arrival) { return policer_.Admit(arrival); }
  void CountPublished(std::size_t packets) { filling_ += packets; }

  // Published packets, and packets beyond the limit, in the last full window.
  [[nodiscard]] std::uint64_t WindowPackets() const { return windowPackets_; }
  [[nodiscard]] std::uint64_t WindowPoliced() const { return windowPoliced_; }
  void EndWindow() {
    windowPackets_ = std::exchange(filling_, 0);
    windowPoliced_ = policer_.TakeRefused();
  }

  [[nodiscard]] const Policer& Limits() const { return policer_; }
  // Tightens the limit of audio while the worker is overloaded.
  void Tighten() {
    if (!policer_.Tight()) ++tightened_;
    policer_.Tighten();
  }
  void Loosen() {
    if (policer_.Tight()) --tightened_;
    policer_.Loosen();
  }

 private:
  Policer policer_;
  std::size_t& tightened_;
  std::uint64_t filling_ = 0;  // published in the current window
  std::uint64_t windowPackets_ = 0;
  std::uint64_t windowPoliced_ = 0;
};

}  // namespace ringcast::rtc
