#include "ringcast/sctp/Crc32c.hpp"

#include <array>
#include <cstddef>
#include <cstring>

namespace ringcast::sctp {

namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // reflected 0x1EDC6F41

constexpr std::array<std::uint32_t, 256> MakeTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    table[i] = crc;
  }
  return table;
}
constexpr auto kTable = MakeTable();

std::uint32_t ByTable(std::uint32_t crc, ByteView bytes) {
  for (const auto byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ byte) & 0xFF];
  return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) std::uint32_t ByInstruction(std::uint32_t state, ByteView bytes) {
  std::uint64_t crc = state;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    crc = __builtin_ia32_crc32di(crc, word);
  }
  auto rest = static_cast<std::uint32_t>(crc);
  for (; i < bytes.size(); ++i) rest = __builtin_ia32_crc32qi(rest, bytes[i]);
  return rest;
}
#endif

}  // namespace

Crc32c& Crc32c::Add(ByteView bytes) {
#ifdef __x86_64__
  static const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
  if (kHasInstruction) {
    state_ = ByInstruction(state_, bytes);
    return *this;
  }
#endif
  state_ = ByTable(state_, bytes);
  return *this;
}

}  // namespace ringcast::sctp
