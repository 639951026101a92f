#pragma once

#include <utility>

#include <srtp2/srtp.h>

#include "ringcast/srtp/Srtp.hpp"

namespace ringcast::srtp {

enum class Direction { kInbound, kOutbound };

// A libsrtp session for one direction; the destructor closes it.
class LibrarySession {
 public:
  [[nodiscard]] static Result<LibrarySession> Create(const MasterKey& key, Direction direction);
  LibrarySession(LibrarySession&& other) noexcept
      : session_(std::exchange(other.session_, nullptr)), suite_(other.suite_) {}
  LibrarySession& operator=(LibrarySession&&) = delete;
  ~LibrarySession() {
    if (session_ != nullptr) srtp_dealloc(session_);  // zeroes its keys
  }

  [[nodiscard]] srtp_t Handle() const { return session_; }
  [[nodiscard]] CryptoSuite Suite() const { return suite_; }

 private:
  LibrarySession(srtp_t session, CryptoSuite suite) : session_(session), suite_(suite) {}

  srtp_t session_;
  CryptoSuite suite_;
};

}  // namespace ringcast::srtp
