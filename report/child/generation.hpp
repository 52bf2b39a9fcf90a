// One generation as the report child holds it: the redacted model and the boards of the protocol children, read-only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "conf/model.hpp"
#include "lib/board/board.hpp"
#include "lib/process/child.hpp"
#include "report/snapshot/snapshot.hpp"

namespace report {

class ReportGeneration {
  public:
    /// Parses the configuration and maps every board that came with it; the boards are told apart by their tables, so
    /// that their order and number may vary with the children that run.
    static Result<ReportGeneration> open(child::Prepare& prepare);

    /// The same configuration with the boards that came now.
    Result<ReportGeneration> with_boards_of(child::Prepare& prepare) const;
    bool has_model_of(const ReportGeneration& other) const { return model_ == other.model_; }

    const conf::Model& model() const { return *model_; }
    std::uint64_t hash() const { return hash_; }
    /// The rows now, with both clocks.
    Snapshot snapshot() const;

  private:
    std::shared_ptr<const conf::Model> model_;  // two generations may have the same
    std::uint64_t hash_ = 0;
    std::vector<board::Board> boards_;

    Result<> map_boards(child::Prepare& prepare);
};

}  // namespace report
