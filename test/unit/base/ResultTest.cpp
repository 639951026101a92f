#include <memory>
#include <utility>

#include <catch2/catch.hpp>

#include "ringcast/base/Result.hpp"

using namespace ringcast;

TEST_CASE("ResultTest: holds a value or an error", "[base]") {
  Result<int> value = 7;
  REQUIRE(value);
  CHECK(value.Ok());
  CHECK(*value == 7);
  value.Value() = 8;
  CHECK(value.Value() == 8);

  const Result<int> error = TypeError("port 70000 is above 65535");
  CHECK_FALSE(error);
  CHECK(error.Failure().kind == ErrorKind::kTypeError);
  CHECK(error.Failure().reason == "port 70000 is above 65535");
}

TEST_CASE("ResultTest: has a function that makes each kind of error", "[base]") {
  CHECK(NotFoundError("x").kind == ErrorKind::kNotFound);
  CHECK(GenericError("x").kind == ErrorKind::kError);
  CHECK(TypeError("x").kind == ErrorKind::kTypeError);
}

TEST_CASE("ResultTest: is ok without an error", "[base]") {
  const Status good = OkStatus();
  const Status bad = GenericError("no");
  CHECK(good.Ok());
  CHECK_FALSE(bad.Ok());
}

TEST_CASE("ResultTest: moves a move-only value out of a result", "[base]") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = std::move(result).Value();
  REQUIRE(taken);
  CHECK(*taken == 5);
}
