#pragma once

#include "src/file_descriptor.h"

#include <string>
#include <string_view>

namespace thumbjobs {

/// A file that is being written, in the folder for such: without a name where the filesystem can do
/// that, so that a crash leaves nothing; otherwise with a random one, removed with the object.
class TempFile {
public:
    /// `folder` stays open as long as the object.
    TempFile(int folder, bool unnamed);
    ~TempFile();
    TempFile(const TempFile&) = delete;
    TempFile& operator=(const TempFile&) = delete;

    int descriptor() const noexcept { return file_.get(); }

    /// Gives the file its name in `target`, in one step, in place of any file of that name. False
    /// if the folder `target` is no more.
    bool publish(int target, const std::string& name);

    /// The same, but leaves a file of that name alone: false if there is one.
    bool publish_new(int target, const std::string& name);

private:
    int folder_;
    std::string name_; ///< Empty: unnamed.
    FileDescriptor file_;
};

/// Whether files without a name can be made in `folder` and be named later.
bool supports_unnamed_files(int folder);

/// Names a file that has none, such as an upload's spool, in place of any file of that name.
/// `folder` is the one for temporary files. False, and nothing done, where that is impossible.
bool publish_unnamed(int file, int folder, int target, const std::string& name);

/// Whether TempFile chose this name.
bool is_temp_name(std::string_view name) noexcept;

} // namespace thumbjobs
