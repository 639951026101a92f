#include "ringcast/base/SipHash.hpp"

#include <bit>
#include <cstddef>

namespace ringcast {

namespace {

std::uint64_t LoadLittle(const std::uint8_t* bytes, std::size_t count = 8) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

void StoreLittle(std::uint8_t* bytes, std::uint64_t value) {
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

struct State {
  std::uint64_t v0, v1, v2, v3;

  void Round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void Rounds(int count) {
    for (int i = 0; i < count; ++i) Round();
  }
  void Compress(std::uint64_t word) {
    v3 ^= word;
    Rounds(2);
    v0 ^= word;
  }
  [[nodiscard]] std::uint64_t Sum() const { return v0 ^ v1 ^ v2 ^ v3; }
};

}  // namespace

SipHashTag SipHash(const SipHashKey& key, ByteView bytes) {
  const std::uint64_t k0 = LoadLittle(key.data());
  const std::uint64_t k1 = LoadLittle(key.data() + 8);
  State state{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d ^ 0xee, k0 ^ 0x6c7967656e657261,
              k1 ^ 0x7465646279746573};
  const std::size_t whole = bytes.size() / 8 * 8;
  for (std::size_t i = 0; i < whole; i += 8) state.Compress(LoadLittle(bytes.data() + i));
  state.Compress(std::uint64_t{bytes.size() & 0xFF} << 56 |
                 LoadLittle(bytes.data() + whole, bytes.size() - whole));
  SipHashTag tag{};
  state.v2 ^= 0xee;
  state.Rounds(4);
  StoreLittle(tag.data(), state.Sum());
  state.v1 ^= 0xdd;
  state.Rounds(4);
  StoreLittle(tag.data() + 8, state.Sum());
  return tag;
}

}  // namespace ringcast
