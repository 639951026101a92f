#pragma once

#include <string>
#include <utility>
#include <variant>

#include "ringcast/base/Assert.hpp"

namespace ringcast {

// The class of the JavaScript error that the controller raises.
enum class ErrorKind { kError, kTypeError, kNotFound };

struct Error {
  ErrorKind kind = ErrorKind::kError;
  std::string reason;  // a sentence for the operator that names the fault and the offending value
};

[[nodiscard]] inline Error TypeError(std::string reason) {
  return {ErrorKind::kTypeError, std::move(reason)};
}
[[nodiscard]] inline Error NotFoundError(std::string reason) {
  return {ErrorKind::kNotFound, std::move(reason)};
}
[[nodiscard]] inline Error GenericError(std::string reason) { return {ErrorKind::kError, std::move(reason)}; }

// A value, or an error that the controller or the operator caused.
template <typename T = std::monostate>
class [[nodiscard]] Result {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): `return value;`
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): `return TypeError(...);`
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool Ok() const { return state_.index() == 0; }
  explicit operator bool() const { return Ok(); }

  [[nodiscard]] T& Value() & {
    RC_ASSERT(Ok());
    return std::get<0>(state_);
  }
  [[nodiscard]] const T& Value() const& {
    RC_ASSERT(Ok());
    return std::get<0>(state_);
  }
  [[nodiscard]] T&& Value() && {
    RC_ASSERT(Ok());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return Value(); }
  const T& operator*() const& { return Value(); }
  T* operator->() { return &Value(); }
  const T* operator->() const { return &Value(); }

  [[nodiscard]] const Error& Failure() const {
    RC_ASSERT(!Ok());
    return std::get<1>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<std::monostate>;
inline Status OkStatus() { return std::monostate{}; }

}  // namespace ringcast
