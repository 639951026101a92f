#include <memory>

#include <catch2/catch.hpp>

#include "ringcast/rtc/RoutedPacket.hpp"
#include "ringcast/rtc/consumer/PauseReasons.hpp"
#include "ringcast/rtc/consumer/StreamSelector.hpp"

namespace ringcast::rtc {
namespace {

using Action = Selection::Action;

RoutedPacket Of(std::uint8_t encoding, bool key = false) {
  RoutedPacket routed;
  routed.encodingIndex = encoding;
  routed.frame.keyFrame = key;
  routed.frame.beginsFrame = true;
  return routed;
}

StreamSelector Encodings(std::size_t encodings, unsigned sent) {
  LayerSelector layers(encodings, {static_cast<std::uint8_t>(encodings - 1), 0});
  layers.SetSent(sent);
  constexpr bool kRenumbersPictures = false;  // the packets of these tests have no payload
  return StreamSelector(std::make_unique<LayeredSelector>(layers, kRenumbersPictures));
}

}  // namespace

TEST_CASE("StreamSelectorTest: forwards one encoding from its key frame on", "[rtc][consumer]") {
  StreamSelector selector(PassThroughSelector(1, true));
  CHECK_FALSE(selector.Accepts(0));
  CHECK(selector.Accepts(1));
  CHECK(selector.KeyFrameEncoding() == 1U);
  CHECK(selector.Layered() == nullptr);

  const auto early = selector.Select(Of(1), false);
  CHECK(early.action == Action::kIgnore);
  CHECK(early.keyFrameWanted == 1);
  CHECK(selector.Select(Of(1, true), false).action == Action::kForward);
  const auto later = selector.Select(Of(1), true);
  CHECK(later.action == Action::kForward);
  CHECK_FALSE(later.keyFrameWanted);
}

TEST_CASE("StreamSelectorTest: forwards media without key frames at once", "[rtc][consumer]") {
  StreamSelector selector(PassThroughSelector(0, false));
  CHECK(selector.Select(Of(0), false).action == Action::kForward);
}

TEST_CASE("StreamSelectorTest: requests a key frame of the wanted encoding", "[rtc][consumer]") {
  auto selector = Encodings(3, 0b111);
  CHECK(selector.KeyFrameEncoding() == 2U);
  const auto first = selector.Select(Of(0, true), false);
  CHECK(first.action == Action::kForward);
  CHECK(first.begins);
  CHECK(selector.Follows(0));
  CHECK_FALSE(selector.Follows(2));
  // The receiver lost a frame of the forwarded encoding.
  CHECK(selector.KeyFrameEncoding() == 0U);
  const auto better = selector.Select(Of(2), true);
  CHECK(better.action == Action::kIgnore);
  CHECK(better.keyFrameWanted == 2);
}

TEST_CASE("StreamSelectorTest: reports each change of layers once", "[rtc][consumer]") {
  auto selector = Encodings(2, 0b11);
  CHECK(selector.Select(Of(0, true), false).layersChanged);
  CHECK(selector.Layered()->CurrentLayers() == ConsumerLayers{0, 0});
  CHECK_FALSE(selector.Select(Of(0), true).layersChanged);
  CHECK(selector.Select(Of(1, true), true).layersChanged);
  CHECK(selector.Layered()->CurrentLayers() == ConsumerLayers{1, 0});
  CHECK_FALSE(selector.Select(Of(0), true).layersChanged);
}

TEST_CASE("StreamSelectorTest: starts again at a key frame when it is restarted", "[rtc][consumer]") {
  auto selector = Encodings(2, 0b11);
  REQUIRE(selector.Select(Of(1, true), false).begins);
  REQUIRE_FALSE(selector.Select(Of(1), true).begins);
  selector.Restart();
  CHECK_FALSE(selector.Follows(1));
  CHECK(selector.Select(Of(1), false).action == Action::kIgnore);
  CHECK(selector.Select(Of(1, true), false).begins);
}

TEST_CASE("StreamSelectorTest: keeps PauseReasons set while any reason remains", "[rtc][consumer]") {
  PauseReasons reasons;
  CHECK_FALSE(reasons.Any());
  CHECK(reasons.Add(PauseReason::kShed));
  CHECK_FALSE(reasons.Add(PauseReason::kShed));
  CHECK_FALSE(reasons.AnyBut(PauseReason::kShed));
  CHECK(reasons.Add(PauseReason::kProducer));
  CHECK(reasons.AnyBut(PauseReason::kShed));
  CHECK(reasons.Remove(PauseReason::kShed));
  CHECK_FALSE(reasons.Remove(PauseReason::kShed));
  CHECK(reasons.Any());
  CHECK(reasons.Remove(PauseReason::kProducer));
  CHECK_FALSE(reasons.Any());
}

}  // namespace ringcast::rtc
