#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <flatbuffers/flatbuffers.h>

#include "ringcast/base/Result.hpp"
#include "ringcast/base/Types.hpp"
#include "ringcast/channel/FrameReader.hpp"

namespace ringcast::channel {

// Takes values out of a request's tables. Verification has proved that they lie within the message; what they
// say is judged here. The first fault is kept, with the field it was found in, and what is read after it
// means nothing: like a ByteReader, it is asked once at the end.
class Conversion {
 public:
  [[nodiscard]] bool Ok() const { return !error_; }
  // TypeError that names the field and the value.
  [[nodiscard]] const Error& Failure() const { return *error_; }

  // Where the fields read next are, in reasons: "rtpParameters.codecs[2].payloadType".
  class Scope {
   public:
    ~Scope() { conversion_.path_.pop_back(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    friend class Conversion;
    explicit Scope(Conversion& conversion) : conversion_(conversion) {}
    Conversion& conversion_;
  };
  [[nodiscard]] Scope In(std::string_view field, std::optional<std::size_t> index = {}) {
    path_.push_back({field, index});
    return Scope(*this);
  }

  // "FIELD is WHAT".
  void Fail(std::string_view field, std::string_view what);

  [[nodiscard]] std::string Text(std::string_view field, const flatbuffers::String* text);
  // Of an object: not empty, not longer than kMaxIdLength.
  [[nodiscard]] std::string Id(std::string_view field, const flatbuffers::String* text);
  [[nodiscard]] PayloadType SevenBits(std::string_view field, std::uint8_t value);

  // Both enums have the same values; which are known, the schema's says.
  template <typename Enum, typename FbsEnum>
  [[nodiscard]] Enum Known(std::string_view field, FbsEnum value) {
    const auto number = static_cast<unsigned>(value);
    if (number < static_cast<unsigned>(FbsEnum::MIN) || number > static_cast<unsigned>(FbsEnum::MAX)) {
      Fail(field, std::to_string(number) + ", which names nothing");
    }
    return static_cast<Enum>(value);
  }

  // Calls `element` with each element of a vector that has at most `limit` of them; no vector has none.
  template <typename T, typename Function>
  void Each(std::string_view field, const flatbuffers::Vector<T>* vector, std::size_t limit,
            Function element) {
    if (vector == nullptr) return;
    if (vector->size() > limit) {
      Fail(field, "a list of " + std::to_string(vector->size()) + ", longer than the " +
                      std::to_string(limit) + " it may have");
      return;
    }
    for (flatbuffers::uoffset_t i = 0; i < vector->size() && Ok(); ++i) {
      const auto scope = In(field, i);
      element(vector->Get(i));
    }
  }

 private:
  struct Step {
    std::string_view field;
    std::optional<std::size_t> index;
  };

  std::vector<Step> path_;
  std::optional<Error> error_;
  // The same few bytes can be referred to again and again; no honest message carries more text than its own
  // size.
  std::size_t textLeft_ = kMaxFrameSize;
};

}  // namespace ringcast::channel
