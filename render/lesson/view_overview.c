#include "render/lesson/overview.h"

#include <math.h>
#include <string.h>

struct grid {
    size_t columns;
    float gap, title; /* height of a title's line */
    struct point card, picture;
};

/* With that many columns; the card's height follows. */
static struct grid grid_of(const struct view *view, const struct overview_page *page,
                           struct rect area, size_t columns)
{
    struct grid grid = { .columns = columns,
                         .gap = view->type.text,
                         .title = view->type.caption * 1.7f };

    grid.picture.x = (area.w - grid.gap * (float)(columns + 1)) / (float)columns;
    grid.picture.y = grid.picture.x / fmaxf(page->aspect, 0.1f);
    grid.card = (struct point){ grid.picture.x, grid.picture.y + grid.title };
    return grid;
}

static float height_of(const struct grid *grid, size_t count)
{
    const size_t rows = (count + grid->columns - 1) / grid->columns;

    return (float)rows * (grid->card.y + grid->gap) + grid->gap;
}

static float head_of(const struct view *view)
{
    return view->type.sentence * 2;
}

/* The fewest with which all fit, and no fewer than fill the width. */
static struct grid best_grid(const struct view *view, const struct overview_page *page,
                             struct rect area)
{
    static const size_t least = 2;
    const float room = area.h - head_of(view);
    struct grid grid = grid_of(view, page, area, least);

    while (height_of(&grid, page->count) > room && grid.columns < page->count) {
        grid = grid_of(view, page, area, grid.columns + 1);
    }
    return grid;
}

size_t overview_columns(const struct view *view, const struct overview_page *page, struct rect area)
{
    return best_grid(view, page, area).columns;
}

static void draw_card(const struct view *view, const struct overview_card *card, bool chosen,
                      const struct grid *grid, struct rect box, size_t number, struct scene *scene)
{
    const float size = view->type.caption, rim = chosen ? 4 : 1.5f;
    const struct rect picture = { box.x, box.y, grid->picture.x, grid->picture.y };

    scene_group(scene,
                &(struct draw_group){ .target = { .kind = TARGET_MOMENT, .id = card->moment },
                                      .bounds = box,
                                      .title = card->title });
    scene_rect(scene, &(struct draw_rect){ .rect = picture, .fill = INK_PAGE });
    if (card->picture && card->picture->width > 0) {
        scene_clip(scene, picture);
        scene_append(scene, card->picture, (struct point){ picture.x, picture.y },
                     picture.w / card->picture->width);
        scene_clip_end(scene);
    }
    scene_rect(scene, &(struct draw_rect){ .rect = picture,
                                           .stroke = chosen ? INK_SELECTION : INK_PANEL_LINE,
                                           .width = rim });
    const char *const title =
        arena_format(view->arena, "%zu  %s%s", number, card->here ? "● " : "", card->title);
    scene_text(scene, &(struct draw_text){ .at = { box.x, box.y + picture.h + size * 1.25f },
                                           .bytes = title,
                                           .role = chosen ? TYPE_UI_BOLD : TYPE_UI,
                                           .size = size,
                                           .ink = INK_TEXT,
                                           .max_width = box.w });
    scene_group_end(scene);
}

void view_overview(const struct view *view, const struct overview_page *page, struct rect area,
                   struct scene *scene)
{
    const struct grid grid = best_grid(view, page, area);
    const float size = view->type.sentence, top = area.y + head_of(view);

    scene_rect(scene, &(struct draw_rect){ .rect = area, .fill = INK_PANEL });
    scene_text(scene,
               &(struct draw_text){ .at = { area.x + grid.gap, area.y + size * 1.35f },
                                    .bytes = view_word(view, "Go to a slide: arrows, then Enter"),
                                    .role = TYPE_UI_BOLD,
                                    .size = size,
                                    .ink = INK_TEXT,
                                    .max_width = area.w - 2 * grid.gap });
    for (size_t i = 0; i < page->count; i++) {
        const float column = (float)(i % grid.columns), row = (float)(i / grid.columns);
        const struct rect box = { area.x + grid.gap + column * (grid.card.x + grid.gap),
                                  top + row * (grid.card.y + grid.gap), grid.card.x, grid.card.y };
        draw_card(view, &page->cards[i], i == page->chosen, &grid, box, i + 1, scene);
    }
}
