#include <catch2/catch.hpp>

#include "ringcast/rtp/Extensions.hpp"

using namespace ringcast::rtp;

TEST_CASE("ExtensionsTest: finds ids by extension and extensions by id", "[rtp]") {
  ExtensionIds ids;
  CHECK(ids.Empty());
  for (std::size_t i = 0; i < kExtensionCount; ++i) {
    ids.Set(static_cast<Extension>(i), static_cast<std::uint8_t>(255 - i));
  }
  CHECK_FALSE(ids.Empty());
  for (std::size_t i = 0; i < kExtensionCount; ++i) {
    const auto extension = static_cast<Extension>(i);
    const auto id = static_cast<std::uint8_t>(255 - i);
    CHECK(ids.Id(extension) == id);
    CHECK(ids.Find(id) == extension);
  }
  CHECK_FALSE(ids.Find(0));
  CHECK_FALSE(ids.Find(1));
}

TEST_CASE("ExtensionsTest: keeps the last setting of each id and each extension", "[rtp]") {
  ExtensionIds ids;
  ids.Set(Extension::kMid, 1);
  ids.Set(Extension::kMid, 2);
  CHECK(ids.Id(Extension::kMid) == 2);
  CHECK_FALSE(ids.Find(1));

  ids.Set(Extension::kRid, 2);
  CHECK(ids.Find(2) == Extension::kRid);
  CHECK_FALSE(ids.Id(Extension::kMid));

  ids.Set(Extension::kRid, 2);
  CHECK(ids.Id(Extension::kRid) == 2);
  CHECK(ids.Find(2) == Extension::kRid);
}

TEST_CASE("ExtensionsTest: removes an extension when its id is set to 0", "[rtp]") {
  ExtensionIds ids;
  ids.Set(Extension::kAudioLevel, 0);
  CHECK(ids.Empty());
  ids.Set(Extension::kAudioLevel, 9);
  ids.Set(Extension::kAudioLevel, 0);
  CHECK(ids.Empty());
  CHECK_FALSE(ids.Id(Extension::kAudioLevel));
  CHECK_FALSE(ids.Find(9));
  CHECK_FALSE(ids.Find(0));
}
