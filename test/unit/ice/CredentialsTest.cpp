#include <algorithm>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "ringcast/base/Random.hpp"
#include "ringcast/ice/Credentials.hpp"
#include "support/WipeCheck.hpp"

using namespace ringcast;
using namespace ringcast::ice;

TEST_CASE("CredentialsTest: generates distinct credentials as RFC 8445 section 5.3 requires", "[ice]") {
  SeededRandom random(1);
  std::set<std::string> ufrags;
  std::set<std::string> passwords;
  std::set<char> characters;
  for (int i = 0; i < 1000; ++i) {
    const auto credentials = Credentials::Generate(random);
    CHECK(credentials.ufrag.size() >= 4);
    CHECK(credentials.password.size() >= 22);
    for (const char c : credentials.ufrag + credentials.password) characters.insert(c);
    ufrags.insert(credentials.ufrag);
    passwords.insert(credentials.password);
  }
  CHECK(ufrags.size() == 1000);
  CHECK(passwords.size() == 1000);
  CHECK(characters.size() == 32);  // five bits per character
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  CHECK(std::all_of(characters.begin(), characters.end(), allowed));
}

TEST_CASE("CredentialsTest: reads the local ufrag before the first colon", "[ice]") {
  CHECK(AskedUfrag("us:them") == "us");
  CHECK(AskedUfrag("us:them:more") == "us");
  CHECK(AskedUfrag("us:") == "us");
  CHECK(AskedUfrag(":them") == "");
  CHECK_FALSE(AskedUfrag("us"));
  CHECK_FALSE(AskedUfrag(""));
}

TEST_CASE("CredentialsTest: wipes the password when the credentials end", "[ice]") {
  // Short enough to be stored within the object itself.
  const Credentials credentials("ufrag", "pass word 12345");
  CHECK_FALSE(
      test::LeavesTrace(credentials, ByteView(reinterpret_cast<const std::uint8_t*>("pass word 12345"), 15)));
}
