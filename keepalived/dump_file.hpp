// A file that appears complete or not at all: a fresh O_EXCL temporary beside its name, renamed when it is done. A link,
// a FIFO or a foreign file at the final name is replaced, never followed (state-files.md §1).
#pragma once

#include <sys/types.h>

#include <string>

#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace keepalived {

class DumpFile {
  public:
    static Result<DumpFile> create(const std::string& final_path, mode_t mode);
    DumpFile() = default;
    DumpFile(DumpFile&& other) noexcept;
    DumpFile& operator=(DumpFile&& other) noexcept;
    ~DumpFile();  ///< removes what was not published

    int fd() const { return fd_.get(); }
    void close_descriptor() { fd_.reset(); }
    const std::string& path() const { return final_; }
    const std::string& temporary() const { return temporary_; }
    Result<> publish();

  private:
    std::string final_, temporary_;
    UniqueFd fd_;
};

}  // namespace keepalived
