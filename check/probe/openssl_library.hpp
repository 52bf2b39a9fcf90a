// OpenSSL on first use. Half of what a program linked with it takes to start is libssl and libcrypto, and so are most of the
// pages it has resident, while few configurations check by TLS or digest. Whoever includes <openssl/…> in this folder calls
// the forwarders of openssl_library.cpp, of which the first loads the library.
#pragma once

#include "lib/result.hpp"

namespace check {

/// Loads it now, so that no check waits for it; whoever needs it may call this any number of times.
Result<> load_openssl();

}  // namespace check
