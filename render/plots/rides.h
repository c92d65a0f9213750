#pragma once
/* A lesson may go over the same landscape several times, each time from a start of its own and maybe with
 * another optimizer: "w = torch.tensor(2.0, requires_grad=True)" again, and the same loss of it. */

#include "render/plots/landscape.h"
#include "render/plots/plot.h"

enum { RIDES_MOST = 8 };

struct ride {
    int64_t leaves[2]; /* that it moves: of the landscape's x and y */
    struct landscape_way way;
    const char *
        name; /* of its optimizer, with where it began if an earlier one has that name; "" for none */
};

struct rides {
    struct ride rides[RIDES_MOST];
    size_t count; /* at least 1 */
    size_t now;   /* the latest that had begun at the moment, else the first */
};

/* All rides over that landscape, in their order: losses of two numbers, made by the same line of code. Of
 * a slice there is but the way over it. */
struct rides rides_find(const struct run_view *run, const struct landscape *landscape,
                        struct arena *arena);

/* Whether a question asks for numbers of one that has begun. */
bool rides_are_hidden(const struct rides *rides);

/* Those that were over before the one of the moment. */
void rides_draw(const struct view *view, const struct plot *plot, const struct rides *rides,
                struct scene *scene);
/* Whose line is whose, where there are several: names in rows of that width, outside of the plot. The height
 * has room for all that will come. */
float rides_key_height(const struct view *view, const struct rides *rides, float width);
void rides_draw_key(const struct view *view, const struct rides *rides, struct rect area,
                    struct scene *scene);
