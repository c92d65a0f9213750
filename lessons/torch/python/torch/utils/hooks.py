"""Hooks of a module that see its gradients: one node before its inputs and one behind its outputs, which
pass everything on, and whose own hooks call the lesson's."""

import torch


class BackwardHookFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, *args):
        return tuple(arg.view_as(arg) for arg in args)

    @staticmethod
    def backward(ctx, *grads):
        return grads


class BackwardHook:
    def __init__(self, module, hooks, pre_hooks):
        self.module = module
        self.hooks = hooks
        self.pre_hooks = pre_hooks
        self.input_places = None
        self.grad_outputs = None

    def _through_node(self, args):
        """The args with their tensors passed through one node, where they stood, and that node."""
        places = [i for i, arg in enumerate(args) if isinstance(arg, torch.Tensor)]
        if not torch.is_grad_enabled() or not any(args[i].requires_grad for i in places):
            return args, None, None
        passed = BackwardHookFunction.apply(*(args[i] for i in places))
        passed = dict(zip(places, passed if isinstance(passed, tuple) else (passed,)))
        node = next(passed[i].grad_fn for i in places if passed[i].grad_fn is not None)
        return tuple(passed.get(i, arg) for i, arg in enumerate(args)), places, node

    @staticmethod
    def _spread(values, places, count):
        values = dict(zip(places, values))
        return tuple(values.get(i) for i in range(count))

    @staticmethod
    def _checked(result, wanted):
        result = result if isinstance(result, tuple) else (result,)
        if len(result) != wanted:
            raise RuntimeError(f"Backward hook returned an invalid number of grad_input, got "
                               f"{len(result)}, but expected {wanted}")
        return result

    def setup_input_hook(self, args):
        result, places, node = self._through_node(args)
        self.count = len(args)

        def hook(grad_input, _):
            if self.grad_outputs is None:
                return None
            grads = self._spread(grad_input, places, self.count)
            for function in self.hooks:
                out = function(self.module, grads, self.grad_outputs)
                grads = grads if out is None else self._checked(out, self.count)
            self.grad_outputs = None
            return tuple(grads[i] for i in places)
        if node is not None:
            self.input_places = places
            node.register_hook(hook)
        return result

    def _run_without_inputs(self):
        for function in self.hooks:
            out = function(self.module, (None,) * self.count, self.grad_outputs)
            if out is not None and not (isinstance(out, tuple) and all(o is None for o in out)):
                raise RuntimeError("Backward hook for Modules where no input requires gradient "
                                   "should always return None or None for all gradients.")
        self.grad_outputs = None

    def setup_output_hook(self, value):
        outputs = value if isinstance(value, tuple) else (value,)
        result, places, node = self._through_node(outputs)

        def hook(grad_output):
            grads = self._spread(grad_output, places, len(outputs))
            for function in self.pre_hooks:
                out = function(self.module, grads)
                if out is not None:
                    grads = self._checked(out, len(outputs))
            self.grad_outputs = grads
            changed = tuple(grads[i] for i in places)
            if self.input_places is None:
                self._run_without_inputs()
            return changed if self.pre_hooks else None
        if node is not None:
            node.register_prehook(hook)
        return result if isinstance(value, tuple) else result[0]
