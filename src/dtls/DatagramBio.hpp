#pragma once

#include "dtls/Openssl.hpp"
#include "dtls/Outbox.hpp"
#include "ringcast/base/Bytes.hpp"

namespace ringcast::dtls {

// Between OpenSSL and us: one datagram in at a time, datagrams out.
struct DatagramPort {
  ByteView input;  // empty: nothing to read
  Outbox output;
};

// Each read takes one datagram, each write gives one. `port` outlives it and stays where it is.
[[nodiscard]] openssl::Bio MakeDatagramBio(DatagramPort& port);

}  // namespace ringcast::dtls
