#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/rtc/RoutedPacket.hpp"
#include "ringcast/rtc/consumer/LayerSelector.hpp"

namespace ringcast::rtc {
namespace {

using Action = LayerSelector::Action;

RoutedPacket Of(std::uint8_t encoding, bool key) {
  RoutedPacket routed;
  routed.encodingIndex = encoding;
  routed.frame.keyFrame = key;
  routed.frame.beginsFrame = true;
  return routed;
}

Action Offer(LayerSelector& selector, std::uint8_t encoding, bool key = false) {
  return selector.OnPacket(Of(encoding, key)).action;
}

}  // namespace

TEST_CASE("LayerSelectorTest: forwards the first encoding, and a higher one from its next key frame on") {
  LayerSelector selector(3, {2, 2});
  CHECK_FALSE(selector.WantsKeyFrame());  // the producer sends no encoding
  selector.SetSent(0b001);
  CHECK(selector.WantsKeyFrame() == 0U);
  CHECK(Offer(selector, 0) == Action::kIgnore);
  CHECK(Offer(selector, 0, true) == Action::kSwitch);
  CHECK(selector.Current() == rtp::LayerIds{0, 2});
  selector.SetSent(0b111);
  CHECK(selector.WantsKeyFrame() == 2U);
  CHECK(Offer(selector, 2) == Action::kIgnore);
  CHECK(Offer(selector, 0) == Action::kForward);
  CHECK(Offer(selector, 1, true) == Action::kIgnore);
  CHECK(Offer(selector, 2, true) == Action::kSwitch);
  CHECK(Offer(selector, 0) == Action::kIgnore);
  CHECK_FALSE(selector.WantsKeyFrame());
  CHECK(selector.Current() == rtp::LayerIds{2, 2});
}

TEST_CASE("LayerSelectorTest: selects the highest encoding within the preference, else the lowest") {
  struct Row {
    unsigned sent;
    std::uint8_t preferred;
    std::optional<std::uint8_t> target;
  };
  const Row rows[] = {
      {0b111, 2, 2}, {0b111, 1, 1}, {0b011, 2, 1}, {0b101, 1, 0}, {0b110, 0, 1}, {0b000, 2, {}},
  };
  for (const auto& [sent, preferred, target] : rows) {
    INFO("sent " << sent << ", preferred " << int{preferred});
    LayerSelector selector(3, {2, 0});
    selector.SetSent(sent);
    selector.SetPreferred(ConsumerLayers{preferred, std::nullopt});
    const auto chosen = selector.Target();
    CHECK(chosen.has_value() == target.has_value());
    if (chosen && target) CHECK(chosen->spatial == *target);
  }
}

TEST_CASE("LayerSelectorTest: ignores the packets of unneeded encodings") {
  SeededRandom random(7);
  LayerSelector selector(3, {2, 2});
  std::size_t unneeded = 0;
  for (int i = 0; i < 20'000; ++i) {
    if (random.U16() % 8 == 0)
      selector.SetPreferred(ConsumerLayers{static_cast<std::uint8_t>(random.U16() % 3), 2});
    if (random.U16() % 16 == 0) selector.SetSent(random.U16() % 8);
    if (random.U16() % 64 == 0) selector.Restart();
    const auto encoding = static_cast<std::uint8_t>(random.U16() % 3);
    const bool needed = selector.NeedsAnyOf(1U << encoding);
    const auto action = Offer(selector, encoding, random.U16() % 4 == 0);
    if (needed) continue;
    ++unneeded;
    CHECK(action == Action::kIgnore);
  }
  CHECK(unneeded > 2000);
}

TEST_CASE("LayerSelectorTest: clamps preferred layers, and prefers the highest ones by default") {
  LayerSelector selector(2, {1, 2});
  CHECK(selector.Preferred() == ConsumerLayers{1, 2});
  CHECK(selector.SetPreferred(ConsumerLayers{9, 9}) == ConsumerLayers{1, 2});
  CHECK(selector.SetPreferred(ConsumerLayers{0, 1}) == ConsumerLayers{0, 1});
  CHECK(selector.SetPreferred(ConsumerLayers{1, std::nullopt}) == ConsumerLayers{1, 2});
  CHECK(selector.SetPreferred(std::nullopt) == ConsumerLayers{1, 2});
}

TEST_CASE("LayerSelectorTest: accepts the key frame of any encoding after a restart") {
  LayerSelector selector(3, {2, 0});
  selector.SetSent(0b111);
  REQUIRE(Offer(selector, 2, true) == Action::kSwitch);
  selector.Restart();
  CHECK_FALSE(selector.Current());
  CHECK(selector.WantsKeyFrame() == 2U);
  CHECK(Offer(selector, 2) == Action::kIgnore);
  CHECK(Offer(selector, 0, true) == Action::kSwitch);
  CHECK(Offer(selector, 2, true) == Action::kSwitch);
}

}  // namespace ringcast::rtc
