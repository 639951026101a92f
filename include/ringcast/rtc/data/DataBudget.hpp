#pragma once

#include <algorithm>
#include <cstddef>

namespace ringcast::rtc {

// Limits the memory that messages take in the whole worker: those that wait to be sent or acknowledged, and
// those that wait for missing parts. Each association has limits of its own (sctp::Settings), but thousands
// of participants may exhaust them at the same time.
class DataBudget {
 public:
  static constexpr std::size_t kLimit = std::size_t{256} * 1024 * 1024;
  // An association may hold this much in any case: a chat works while the others are limited.
  static constexpr std::size_t kGuaranteed = std::size_t{64} * 1024;

  // The part that one association holds.
  class Share {
   public:
    explicit Share(DataBudget& budget) : budget_(budget) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() { Set(0); }

    void Set(std::size_t bytes) {
      budget_.used_ += bytes - bytes_;
      bytes_ = bytes;
    }
    // Returns the bytes that the association may hold in all.
    [[nodiscard]] std::size_t Limit() const {
      const std::size_t free = budget_.used_ < kLimit ? kLimit - budget_.used_ : 0;
      return std::max(bytes_ + free, kGuaranteed);
    }
    [[nodiscard]] std::size_t Bytes() const { return bytes_; }

   private:
    DataBudget& budget_;
    std::size_t bytes_ = 0;
  };

  [[nodiscard]] std::size_t Used() const { return used_; }

 private:
  std::size_t used_ = 0;
};

}  // namespace ringcast::rtc
