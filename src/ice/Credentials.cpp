#include "ringcast/ice/Credentials.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ringcast::ice {
namespace {

constexpr std::size_t kUfragLength = 16;     // at least 4 characters and 24 random bits
constexpr std::size_t kPasswordLength = 32;  // at least 22 characters and 128 random bits

template <std::size_t kLength>
std::string RandomText(Random& random) {
  // 32 characters: a byte modulo 32 is unbiased.
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::array<std::uint8_t, kLength> bytes;
  random.Fill(bytes);
  std::string text;
  for (const std::uint8_t byte : bytes) text += kAlphabet[byte % kAlphabet.size()];
  return text;
}

}  // namespace

Credentials::~Credentials() { explicit_bzero(password.data(), password.size()); }

Credentials Credentials::Generate(Random& random) {
  Credentials credentials;
  credentials.ufrag = RandomText<kUfragLength>(random);
  credentials.password = RandomText<kPasswordLength>(random);
  return credentials;
}

std::optional<std::string_view> AskedUfrag(std::string_view username) {
  const std::size_t colon = username.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return username.substr(0, colon);
}

}  // namespace ringcast::ice
