// One TLS client context for all checks (conf-lvs.md §3), made when the first SSL_GET exists: it costs 4 MiB.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "conf/model_lvs.hpp"
#include "lib/result.hpp"

namespace check {

class TlsContext {
  public:
    /// The error names the file that could not be loaded. Peers are not verified: that is the reference's contract.
    static Result<std::unique_ptr<TlsContext>> make(const std::optional<conf::SslContext>& config);
    ~TlsContext();

    void* native() const { return context_; }  ///< SSL_CTX

  private:
    explicit TlsContext(void* context) : context_(context) {}
    void* context_;
};

}  // namespace check
