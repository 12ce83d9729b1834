#pragma once

#include "spool_file.h"

#include <QByteArray>

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace thumbd::http {

/// A number of bytes shared by all connections of a server. Safe from any thread.
class ByteBudget {
public:
    explicit ByteBudget(std::uint64_t limit) noexcept : limit_(limit) {}

    /// Takes `bytes`, or nothing and false if that would pass the limit.
    bool try_take(std::uint64_t bytes) noexcept;
    void give_back(std::uint64_t bytes) noexcept { used_.fetch_sub(bytes); }
    std::uint64_t used() const noexcept { return used_.load(); }

private:
    const std::uint64_t limit_;
    std::atomic<std::uint64_t> used_{0};
};

/// Bytes taken from a budget; given back on destruction. The budget is shared, since a body may
/// outlive its server.
class BudgetShare {
public:
    BudgetShare() = default;
    explicit BudgetShare(std::shared_ptr<ByteBudget> budget) : budget_(std::move(budget)) {}
    ~BudgetShare();
    BudgetShare(BudgetShare&& other) noexcept;
    BudgetShare& operator=(BudgetShare&& other) noexcept;

    /// Takes `bytes` more; false, and nothing taken, when the budget is used up.
    bool grow(std::uint64_t bytes) noexcept;

private:
    std::shared_ptr<ByteBudget> budget_;
    std::uint64_t bytes_ = 0;
};

/// A received request body: in memory when it is small, else in an unlinked temporary file.
/// Movable; one thread at a time; keeps its share of the server's byte budget until destroyed.
struct Body {
    std::uint64_t size = 0;
    QByteArray memory; ///< All of it, when `file` is closed.
    SpoolFile file;    ///< All of it from offset 0, when open.
    BudgetShare share;

    bool in_file() const noexcept { return file.is_open(); }
};

} // namespace thumbd::http
