#pragma once

namespace thumbjobs::worker {

/// Has drawings use the DejaVu fonts and no others: a locked-down process can only draw with faces
/// that it keeps open, so they must be few and known. Before the first
/// drawing. Throws Error(internal).
void provide_fonts();

} // namespace thumbjobs::worker
