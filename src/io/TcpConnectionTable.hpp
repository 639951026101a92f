#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "io/TcpConnection.hpp"
#include "ringcast/net/DatagramSink.hpp"

namespace ringcast::io {

// The open TCP connections by id. An id carries a generation, so that one of a closed connection finds
// nothing until 32,767 more connections have used its place.
class TcpConnectionTable {
 public:
  // An id has kConnectionBit, 15 bits of generation and 16 of place.
  static constexpr std::uint32_t kPlaceBits = 16;
  static constexpr std::uint32_t kMaxPlaces = std::uint32_t{1} << kPlaceBits;

  // Returns the open connection with this id, or nullptr.
  [[nodiscard]] TcpConnection* Find(net::SocketId id) const {
    const auto place = PlaceOf(id);
    if (!net::IsConnection(id) || place >= places_.size()) return nullptr;
    const auto& entry = places_[place];
    return entry.generation == GenerationOf(id) ? entry.connection.get() : nullptr;
  }
  [[nodiscard]] std::size_t Count() const { return places_.size() - free_.size(); }

  // Returns the id that Add() gives to the next connection. There may be kMaxPlaces of them.
  [[nodiscard]] net::SocketId NextId() {
    if (free_.empty()) {
      places_.emplace_back();
      free_.push_back(static_cast<std::uint32_t>(places_.size() - 1));
    }
    return IdOf(free_.back());
  }
  TcpConnection& Add(std::unique_ptr<TcpConnection> connection) {
    auto& entry = places_[PlaceOf(NextId())];
    free_.pop_back();
    entry.connection = std::move(connection);
    return *entry.connection;
  }
  // Destroys an open connection.
  void Remove(net::SocketId id) {
    auto& entry = places_[PlaceOf(id)];
    entry.connection.reset();
    entry.generation = static_cast<std::uint16_t>((entry.generation + 1) & kGenerationMask);
    free_.push_back(PlaceOf(id));
  }

  // Calls function(id, connection) for each open connection. The function may remove it.
  template <typename Function>
  void ForEach(const Function& function) const {
    for (std::uint32_t place = 0; place < places_.size(); ++place) {
      if (places_[place].connection != nullptr) function(IdOf(place), *places_[place].connection);
    }
  }

 private:
  static constexpr std::uint16_t kGenerationMask = 0x7FFF;

  struct Place {
    std::uint16_t generation = 0;
    std::unique_ptr<TcpConnection> connection;
  };

  [[nodiscard]] net::SocketId IdOf(std::uint32_t place) const {
    return net::SocketId(net::kConnectionBit | std::uint32_t{places_[place].generation} << kPlaceBits |
                         place);
  }
  [[nodiscard]] static std::uint32_t PlaceOf(net::SocketId id) { return id.Value() & (kMaxPlaces - 1); }
  [[nodiscard]] static std::uint16_t GenerationOf(net::SocketId id) {
    return static_cast<std::uint16_t>(id.Value() >> kPlaceBits & kGenerationMask);
  }

  std::vector<Place> places_;
  std::vector<std::uint32_t> free_;
};

}  // namespace ringcast::io
