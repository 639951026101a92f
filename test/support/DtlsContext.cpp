#include "support/DtlsContext.hpp"

#include "ringcast/base/Random.hpp"

namespace ringcast::test {

const dtls::Context& DtlsContext() {
  static const dtls::Context kContext = [] {
    SeededRandom random(1);
    return dtls::Context::Create(dtls::Certificate::Generate(random, Seconds(1'700'000'000))).Value();
  }();
  return kContext;
}

}  // namespace ringcast::test
