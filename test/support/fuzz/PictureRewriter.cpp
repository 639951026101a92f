#include "ringcast/rtp/PictureRewriter.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/rtp/PayloadDescriptor.hpp"
#include "support/fuzz/Targets.hpp"

// Input: the first picture id, and commands: a byte for the action, and a byte for the distance from the
// latest picture.
namespace ringcast::fuzz {
namespace {

constexpr std::int64_t kIds = 0x8000;

// The outputs of one source, by the unwrapped input. Pictures further back than the rewriter's window are
// not checked.
class Model {
 public:
  explicit Model(std::uint16_t first) : latest_(first), highest_(first) {}

  void Resync(std::uint16_t first) {
    rewriter_.Resync();
    latest_ = first;
    highest_ = first;
    synced_ = false;
    outputs_.clear();
    skipped_.clear();
  }

  // Limits the step, so that the picture ids still unwrap forward.
  void Ahead(std::int64_t pictures) {
    if (latest_ + pictures < highest_ + kIds / 2) latest_ += pictures;
  }

  void Skip(std::int64_t back) {
    const std::int64_t picture = Picture(back);
    rewriter_.Skip(InfoOf(Payload(picture)));
    // Packets that were already sent stay sent; the rest of the picture is dropped.
    if (synced_) skipped_.insert(picture);
  }

  void Map(std::int64_t back) {
    const std::int64_t picture = Picture(back);
    auto payload = Payload(picture);
    const auto patch = rewriter_.Map(InfoOf(payload), payload);
    if (!patch) {
      RC_ASSERT(synced_);
      RC_ASSERT(skipped_.contains(picture) || picture < first_ || back >= rtp::SequenceRewriter::kWindow);
      return;
    }
    RC_ASSERT(patch->size <= payload.size());
    std::copy_n(patch->bytes.begin(), patch->size, payload.begin());
    const std::uint16_t id = InfoOf(payload).fields.pictureId;
    if (!synced_) {
      if (highestOutput_) RC_ASSERT(id == (*highestOutput_ + 1) % kIds);
      first_ = picture;
    }
    highest_ = synced_ ? std::max(highest_, picture) : picture;
    synced_ = true;
    RC_ASSERT(picture >= first_);
    RC_ASSERT(!skipped_.contains(picture));
    CheckPlace(picture, id);
  }

 private:
  static rtp::FrameInfo InfoOf(ByteView payload) { return InspectPayload(rtp::Codec::kVp8, payload, false); }

  static std::vector<std::uint8_t> Payload(std::int64_t picture) {
    std::vector<std::uint8_t> payload = {0x90, 0x80, 0, 0, 0x51};
    StoreU16(&payload[2], static_cast<std::uint16_t>(0x8000 | (picture % kIds)));
    return payload;
  }

  [[nodiscard]] std::int64_t Picture(std::int64_t back) const {
    return std::max<std::int64_t>(latest_ - back, 0);
  }

  // Checks that pictures are sent in the order of their inputs, at a distance of 1 or more and not above the
  // distance of the inputs; a picture always has the same id.
  void CheckPlace(std::int64_t picture, std::uint16_t id) {
    const std::int64_t output = Unwrap(id);
    const auto [place, isNew] = outputs_.try_emplace(picture, output);
    RC_ASSERT(place->second == output);
    highestOutput_ = std::max(highestOutput_.value_or(output), output);
    if (!isNew) return;
    if (place != outputs_.begin()) CheckDistance(*std::prev(place), *place);
    if (std::next(place) != outputs_.end()) CheckDistance(*place, *std::next(place));
  }

  using Place = std::pair<const std::int64_t, std::int64_t>;
  static void CheckDistance(const Place& before, const Place& after) {
    const std::int64_t distance = after.second - before.second;
    RC_ASSERT(distance >= 1 && distance <= after.first - before.first);
  }

  // Unwraps the id near the highest sent one.
  [[nodiscard]] std::int64_t Unwrap(std::uint16_t id) const {
    if (!highestOutput_) return id;
    const std::int64_t ahead = (id - *highestOutput_) & (kIds - 1);
    return *highestOutput_ + (ahead < kIds / 2 ? ahead : ahead - kIds);
  }

  rtp::PictureRewriter rewriter_;
  std::int64_t latest_;
  std::int64_t highest_;  // highest sent picture
  std::int64_t first_ = 0;
  bool synced_ = false;
  std::optional<std::int64_t> highestOutput_;
  std::map<std::int64_t, std::int64_t> outputs_;
  std::set<std::int64_t> skipped_;
};

}  // namespace

void FuzzPictureRewriter(std::span<const std::uint8_t> input) {
  ByteReader reader(input);
  Model model(reader.U16() & 0x7FFF);
  while (reader.Remaining() != 0) {
    const std::uint8_t command = reader.U8();
    const std::uint8_t amount = reader.U8();
    switch (command % 6) {
      case 0:  // in order, like from a good network
        for (int i = 0; i < amount % 16; ++i) {
          model.Map(0);
          model.Ahead(1);
        }
        break;
      case 1:
        model.Ahead(amount % 8);
        break;
      case 2:
        model.Skip(amount % 4);
        break;
      case 3:
        model.Map(amount);
        break;
      case 4:
        model.Ahead(std::int64_t{amount} * 4);
        break;
      default:
        model.Resync(static_cast<std::uint16_t>(amount * 128));
        break;
    }
  }
}

}  // namespace ringcast::fuzz
