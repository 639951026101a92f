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

// Reads and validates values of a request's tables. The verifier has checked that they are within the
// message; this class checks their contents. It keeps the first error with the name of its field, and values
// read after it are meaningless: as with ByteReader, the caller checks Ok() once at the end.
class Conversion {
 public:
  [[nodiscard]] bool Ok() const { return !error_; }
  // Returns a TypeError that names the field and the value.
  [[nodiscard]] const Error& Failure() const { return *error_; }

  // Adds a path element to the field names in errors, for example "rtpParameters.codecs[2].payloadType".
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

  // Sets the error "FIELD is WHAT", unless there is one.
  void Fail(std::string_view field, std::string_view what);

  [[nodiscard]] std::string Text(std::string_view field, const flatbuffers::String* text);
  // Reads the id of an object: not empty, kMaxIdLength bytes at most.
  [[nodiscard]] std::string Id(std::string_view field, const flatbuffers::String* text);
  [[nodiscard]] PayloadType SevenBits(std::string_view field, std::uint8_t value);

  // Converts an enum value that the schema defines. Both enums have the same values.
  template <typename Enum, typename FbsEnum>
  [[nodiscard]] Enum Known(std::string_view field, FbsEnum value) {
    const auto number = static_cast<unsigned>(value);
    if (number < static_cast<unsigned>(FbsEnum::MIN) || number > static_cast<unsigned>(FbsEnum::MAX)) {
      Fail(field, std::to_string(number) + ", which names nothing");
    }
    return static_cast<Enum>(value);
  }

  // Calls `element` for each element of a vector, which has at most `limit` of them. A missing vector is
  // empty.
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
  // Several fields can refer to the same bytes. The text of an honest message is never larger than the
  // message itself.
  std::size_t textLeft_ = kMaxFrameSize;
};

}  // namespace ringcast::channel
