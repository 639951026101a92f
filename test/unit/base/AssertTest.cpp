#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include <catch2/catch.hpp>

#include "ringcast/base/Assert.hpp"

TEST_CASE("AssertTest: evaluates the condition of a true assertion once", "[base]") {
  int evaluations = 0;
  RC_ASSERT(++evaluations == 1);  // NOLINT(bugprone-assert-side-effect)
  CHECK(evaluations == 1);
}

TEST_CASE("AssertTest: prints place and condition and aborts when an assertion fails", "[base]") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // replaces the handler of the test framework
    dup2(ends[1], STDERR_FILENO);
    const int two = 2;
    RC_ASSERT(two + two == 5);
    _exit(0);
  }
  close(ends[1]);
  std::string said;
  char part[256];
  for (ssize_t got = 0; (got = read(ends[0], part, sizeof part)) > 0;)
    said.append(part, static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
  CHECK(said.find("AssertTest.cpp:") != std::string::npos);
  CHECK(said.find("two + two == 5") != std::string::npos);
}
