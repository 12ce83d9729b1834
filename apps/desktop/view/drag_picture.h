#pragma once

#include <QAbstractItemView>

namespace desktop {

/// Drags the selected rows that can be dragged, with their previews as a small stack.
void start_drag_of_jobs(QAbstractItemView& view, Qt::DropActions actions);

} // namespace desktop
