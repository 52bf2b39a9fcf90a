// libnftables(3), loaded when it is first needed: most configurations never do.
#pragma once

#include <memory>
#include <string>

#include "lib/result.hpp"

namespace nftables {

class Library {
  public:
    Library();
    ~Library();
    Library(Library&&) noexcept;
    Library& operator=(Library&&) noexcept;

    /// Carries out nft commands as one transaction: all of them or none. The error is the kernel's or the library's text.
    Result<> run(const std::string& commands);

  private:
    struct Loaded;
    std::unique_ptr<Loaded> loaded_;
};

}  // namespace nftables
