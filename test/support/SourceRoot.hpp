#pragma once

#include <filesystem>

namespace ringcast::test {

// Returns the folder of the source tree, for tests that read its files.
[[nodiscard]] std::filesystem::path SourceRoot();

}  // namespace ringcast::test
