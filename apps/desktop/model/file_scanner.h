#pragma once

#include <thumbjobs/error.h>

#include <QObject>
#include <QString>
#include <QStringList>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace desktop {

/// A file that was found, and whether it may be submitted.
struct FoundFile {
    QString path{};
    qint64 bytes = 0;
    quint64 device = 0;
    quint64 inode = 0;
    std::optional<thumbjobs::ErrorCode> refusal{};
    QString reason{}; ///< A sentence, if it is refused.
};

/// What a scan does not take.
struct ScanLimits {
    qint64 max_bytes = 0;                   ///< Of a file; 0: no bound.
    int max_files = 100'000;                ///< Then it ends.
    int max_depth = 64;                     ///< Folders within folders.
    std::vector<std::string> media_types{}; ///< Accepted; empty: every image that we know.
};

struct ScanSummary {
    int files = 0;
    int folders = 0;
    int hidden = 0;     ///< Passed over, in folders.
    int unreadable = 0; ///< Folders that could not be read.
    bool stopped = false;
    bool cut_off = false; ///< There were more files than the limit.
};

/// Looks through files and folders on a thread of its own: recursively, in the order of names,
/// each folder once (so loops of links end), hidden files in folders left out, files judged by
/// their first bytes.
class FileScanner : public QObject {
    Q_OBJECT

public:
    explicit FileScanner(QObject* parent = nullptr);

    /// Stops. Waits for a file system that hangs for a moment only, and leaves the thread to it.
    ~FileScanner() override;

    /// Begins; finished() tells the end. One scan at a time. With the path of a file that an
    /// earlier scan of the same `paths` told of, it goes on behind that file, whether it is there
    /// still.
    void start(const QStringList& paths, const ScanLimits& limits, const QString& after = {});

    /// Ends the scan soon; finished() comes nevertheless.
    void stop();

    bool running() const noexcept { return running_; }

signals:
    /// Some files more. Not more than a few of these are under way at a time.
    void found(const std::vector<desktop::FoundFile>& files);
    void finished(const desktop::ScanSummary& summary);

private:
    struct Shared;
    void take(const std::vector<FoundFile>& files);
    void end(const ScanSummary& summary);

    std::shared_ptr<Shared> shared_;
    bool running_ = false;
};

/// Looks at one file: what it is, and whether it may be submitted. Blocks for the disk.
FoundFile look_at_file(const QString& path, const ScanLimits& limits);

} // namespace desktop
