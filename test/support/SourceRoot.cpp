#include "support/SourceRoot.hpp"

namespace ringcast::test {

std::filesystem::path SourceRoot() { return RINGCAST_SOURCE_ROOT; }

}  // namespace ringcast::test
