/* Devices on the stage: their cards, what the line gave them to do, and how CPU and GPU compare. */

#include <math.h>

#include "render/device/device.h"
#include "render/screen.h"

bool view_devices_offered(const struct view *view)
{
    return device_asked_about(&view->runs[0]) || view->state->stage == STAGE_DEVICES;
}

bool view_devices_called_for(const struct view *view)
{
    return devices_called_for(&view->runs[0]);
}

/* Cards and, below them, what the line did; returns the height that they took. */
static float draw_cards(const struct view *view, struct rect area, struct scene *scene)
{
    const float gap = view->type.text * 0.8f;
    const float cards = device_cards(view, area, scene) + gap;
    const float lanes =
        device_lanes(view, (struct rect){ area.x, area.y + cards, area.w, area.h - cards }, scene);

    return cards + (lanes > 0 ? lanes + gap : 0);
}

/* Beside each other, or below each other as far as there is room. */
void view_devices(const struct view *view, struct rect area, struct scene *scene)
{
    static const float beside = 50, most = 60, least = 13; /* em of captions */
    const float size = view->type.text, pad = size * 0.8f, caption = view->type.caption;
    const struct rect inner = { area.x + pad, area.y + pad, area.w - 2 * pad, area.h - 2 * pad };
    const float left = fminf(inner.w * 0.47f, caption * most);

    if (inner.w >= caption * beside) {
        const float x = inner.x + left + size * 0.6f;
        draw_cards(view, (struct rect){ inner.x, inner.y, left, inner.h }, scene);
        view_timing(view, (struct rect){ x, inner.y - pad * 0.4f, inner.x + inner.w - x, inner.h },
                    scene);
        return;
    }
    const float taken = draw_cards(view, inner, scene);
    if (inner.h - taken > caption * least) {
        view_timing(view, (struct rect){ area.x, inner.y + taken, area.w, inner.h - taken }, scene);
    }
}
