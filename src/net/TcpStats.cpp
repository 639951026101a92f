#include "ringcast/net/TcpStats.hpp"

namespace ringcast::net {

std::string_view Name(ConnectionEnd end) {
  // No default case: the compiler warns if a new reason has no name.
  switch (end) {
    case ConnectionEnd::kPeer:
      return "peer";
    case ConnectionEnd::kOwner:
      return "owner";
    case ConnectionEnd::kSlow:
      return "slow";
    case ConnectionEnd::kBudget:
      return "budget";
    case ConnectionEnd::kMalformed:
      return "malformed";
    case ConnectionEnd::kUnclaimed:
      return "unclaimed";
    case ConnectionEnd::kReplaced:
      return "replaced";
    case ConnectionEnd::kCount:
      break;
  }
  return {};
}

}  // namespace ringcast::net
