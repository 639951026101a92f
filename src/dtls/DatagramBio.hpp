#pragma once

#include "dtls/Openssl.hpp"
#include "dtls/Outbox.hpp"
#include "ringcast/base/Bytes.hpp"

namespace ringcast::dtls {

// The interface between OpenSSL and an association: one input datagram at a time, and the output datagrams.
struct DatagramPort {
  ByteView input;  // empty: nothing to read
  Outbox output;
};

// Creates a BIO: each read takes the input datagram, each write adds an output datagram. `port` must outlive
// the BIO and must not move.
[[nodiscard]] openssl::Bio MakeDatagramBio(DatagramPort& port);

}  // namespace ringcast::dtls
