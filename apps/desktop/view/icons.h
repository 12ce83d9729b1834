#pragma once

#include <QIcon>
#include <QPalette>

/// The program's own line icons, drawn in the colour of text, sharp at every size and readable on
/// light and dark, whether or not the system has an icon theme.
namespace desktop {

enum class Glyph {
    add_images,
    add_folder,
    paste,
    pause,
    resume,
    stop,
    cancel,
    retry,
    remove,
    save,
    save_all,
    export_table,
    search,
    table,
    tiles,
    chart,
    details,
    server,
    computer,
    presets,
    copy,
    open,
    log,
    undo,
    info,
    warning,
    check,
    clock,
    image,
    broken_image,
    close,
    up,
    down,
};

/// Follows the application's palette; greyed out when disabled.
QIcon icon(Glyph glyph);

/// Draws a glyph into a square.
void draw_glyph(QPainter& painter, Glyph glyph, const QRectF& square, const QColor& colour);

} // namespace desktop
