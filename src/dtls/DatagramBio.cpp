#include "dtls/DatagramBio.hpp"

#include <algorithm>

namespace ringcast::dtls {

namespace {

DatagramPort& PortOf(BIO* bio) { return *static_cast<DatagramPort*>(BIO_get_data(bio)); }

int Read(BIO* bio, char* out, int size) {
  auto& port = PortOf(bio);
  BIO_clear_retry_flags(bio);
  if (port.input.empty() || size <= 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  // As with a socket, bytes that do not fit are discarded. OpenSSL's buffer is larger than
  // kMaxReceivedDatagram.
  const auto count = std::min(port.input.size(), static_cast<std::size_t>(size));
  std::copy_n(port.input.data(), count, out);
  port.input = {};
  return static_cast<int>(count);
}

int Write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  if (size <= 0) return 0;
  PortOf(bio).output.Write(
      {static_cast<const std::uint8_t*>(static_cast<const void*>(data)), static_cast<std::size_t>(size)});
  return size;
}

// 0 means "not supported": the queries about datagrams (MTU, overhead, timeout) are not answered.
long Control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* Method() {
  static const openssl::BioMethod kMethod = [] {
    openssl::BioMethod made(BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "datagrams"));
    RC_ASSERT(made != nullptr);
    RC_ASSERT(BIO_meth_set_read(made.get(), Read) == 1);
    RC_ASSERT(BIO_meth_set_write(made.get(), Write) == 1);
    RC_ASSERT(BIO_meth_set_ctrl(made.get(), Control) == 1);
    return made;
  }();
  return kMethod.get();
}

}  // namespace

openssl::Bio MakeDatagramBio(DatagramPort& port) {
  openssl::Bio bio(BIO_new(Method()));
  RC_ASSERT(bio != nullptr);
  BIO_set_data(bio.get(), &port);
  BIO_set_init(bio.get(), 1);
  return bio;
}

}  // namespace ringcast::dtls
