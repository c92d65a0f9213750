"""Multi-head attention and the layers of a transformer, put together from what torch has."""

import copy as _copy
import math as _math
import warnings as _warnings

import torch as _torch
import torch.nn.functional as _F
from torch.nn import (Dropout as _Dropout, LayerNorm as _LayerNorm, Linear as _Linear,
                      Module as _Module, ModuleList as _ModuleList, Parameter as _Parameter,
                      init as _init)

__all__ = ["MultiheadAttention", "NonDynamicallyQuantizableLinear", "TransformerDecoder",
           "TransformerDecoderLayer", "TransformerEncoder", "TransformerEncoderLayer",
           "Transformer"]


def _refuse(name, **given):
    for argument, value in given.items():
        if value:
            raise NotImplementedError(f"{name}({argument}=...) is not supported by Gradlight")


# ---- masks -------------------------------------------------------------------------------------

def _canonical(mask, name, other, other_name, like, check=True):
    """A mask of truth values (True: not to be looked at) as numbers to add."""
    if mask is None:
        return None
    is_float = mask.dtype.is_floating_point
    if mask.dtype != _torch.bool and not is_float:
        raise AssertionError(f"only bool and floating types of {name} are supported")
    if check and other is not None and other.dtype != mask.dtype:
        _warnings.warn(f"Support for mismatched {name} and {other_name} is deprecated. Use same "
                       "type for both instead.")
    if is_float:
        return mask
    return _torch.zeros(mask.size(), dtype=like, device=mask.device).masked_fill_(mask, float("-inf"))


def _shaped_mask(mask, batch, heads, queries, keys):
    """[1 or batch * heads, queries, keys]"""
    if mask is None:
        return None
    wanted = {2: (queries, keys), 3: (batch * heads, queries, keys)}.get(mask.dim())
    if wanted is None:
        raise RuntimeError(f"attn_mask's dimension {mask.dim()} is not supported")
    if tuple(mask.shape) != wanted:
        raise RuntimeError(f"The shape of the {mask.dim()}D attn_mask is {mask.shape}, but should "
                           f"be {wanted}.")
    return mask.unsqueeze(0) if mask.dim() == 2 else mask


def _merged_mask(mask, padding, batch, heads, keys):
    if padding is None:
        return mask
    if tuple(padding.shape) != (batch, keys):
        raise AssertionError(f"expecting key_padding_mask shape of {(batch, keys)}, but got "
                             f"{padding.shape}")
    padding = padding.view(batch, 1, 1, keys).expand(-1, heads, -1, -1)
    padding = padding.reshape(batch * heads, 1, keys)
    return padding if mask is None else mask + padding


# ---- attention ---------------------------------------------------------------------------------

def _split_projection(projected, parts):
    """[..., parts * E] as `parts` tensors [..., E], each contiguous."""
    width = projected.size(-1) // parts
    projected = projected.view(*projected.shape[:-1], parts, width)
    projected = projected.unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
    return tuple(projected[i] for i in range(parts))


def _projected(query, key, value, weight, bias):
    width = query.size(-1)
    if key is value and query is key:
        return _split_projection(_F.linear(query, weight, bias), 3)
    if key is value:
        w_q, w_kv = weight.split([width, 2 * width])
        b_q, b_kv = (None, None) if bias is None else bias.split([width, 2 * width])
        q = _F.linear(query, w_q, b_q)
        return (q,) + _split_projection(_F.linear(key, w_kv, b_kv), 2)
    weights = weight.chunk(3)
    biases = (None, None, None) if bias is None else bias.chunk(3)
    return tuple(_F.linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases))


def _attend(q, k, v, mask, dropout):
    """(what is seen [batch * heads, queries, E], how much of each value is in it)"""
    scaled = q * _math.sqrt(1.0 / float(q.size(-1)))
    keys = k.transpose(-2, -1)
    scores = _torch.bmm(scaled, keys) if mask is None else _torch.baddbmm(mask, scaled, keys)
    weights = _F.softmax(scores, dim=-1)
    if dropout > 0.0:
        weights = _F.dropout(weights, p=dropout)
    return _torch.bmm(weights, v), weights


class NonDynamicallyQuantizableLinear(_Linear):
    __module__ = "torch.nn.modules.linear"


class MultiheadAttention(_Module):
    __module__ = "torch.nn.modules.activation"

    def __init__(self, embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False,
                 add_zero_attn=False, kdim=None, vdim=None, batch_first=False, device=None,
                 dtype=None):
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError("embed_dim and num_heads must be greater than 0, got "
                             f"embed_dim={embed_dim} and num_heads={num_heads} instead")
        super().__init__()
        _refuse("MultiheadAttention", add_bias_kv=add_bias_kv, add_zero_attn=add_zero_attn,
                dtype=dtype)
        self.embed_dim = embed_dim
        self.kdim = kdim if kdim is not None else embed_dim
        self.vdim = vdim if vdim is not None else embed_dim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")
        self._add_weights(bias)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias)
        self.bias_k = self.bias_v = None
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()
        if device is not None:
            self.to(device)

    def _add_weights(self, bias):
        width = self.embed_dim
        if self._qkv_same_embed_dim:
            self.in_proj_weight = _Parameter(_torch._quietly(_torch.empty, 3 * width, width))
            for name in ("q_proj_weight", "k_proj_weight", "v_proj_weight"):
                self.register_parameter(name, None)
        else:
            self.q_proj_weight = _Parameter(_torch._quietly(_torch.empty, width, width))
            self.k_proj_weight = _Parameter(_torch._quietly(_torch.empty, width, self.kdim))
            self.v_proj_weight = _Parameter(_torch._quietly(_torch.empty, width, self.vdim))
            self.register_parameter("in_proj_weight", None)
        value = _Parameter(_torch._quietly(_torch.empty, 3 * width)) if bias else None
        self.register_parameter("in_proj_bias", value)

    def _reset_parameters(self):
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight,
                       self.v_proj_weight):
            if weight is not None:
                _init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            _init.constant_(self.in_proj_bias, 0.0)
            _init.constant_(self.out_proj.bias, 0.0)

    def _project(self, query, key, value):
        if self._qkv_same_embed_dim:
            return _projected(query, key, value, self.in_proj_weight, self.in_proj_bias)
        weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        biases = (None,) * 3 if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        return tuple(_F.linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases))

    def forward(self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None,
                average_attn_weights=True, is_causal=False):
        had_batch = query.dim() == 3
        if query.dim() not in (2, 3):
            raise AssertionError("query should be unbatched 2D or batched 3D tensor but received "
                                 f"{query.dim()}-D query tensor")
        if self.batch_first and had_batch:
            same_key, same_value = key is query, value is key
            query = query.transpose(1, 0)
            key = query if same_key else key.transpose(1, 0)
            value = key if same_value else value.transpose(1, 0)
        output, weights = self._forward(query, key, value, key_padding_mask, need_weights, attn_mask,
                                        average_attn_weights, is_causal)
        return (output.transpose(1, 0) if self.batch_first and had_batch else output), weights

    def _forward(self, query, key, value, padding, need_weights, mask, average, is_causal):
        had_batch = query.dim() == 3
        if not had_batch:
            same_key, same_value = key is query, value is key
            query = query.unsqueeze(1)
            key = query if same_key else key.unsqueeze(1)
            value = key if same_value else value.unsqueeze(1)
            padding = None if padding is None else padding.unsqueeze(0)
        if query.size(-1) != self.embed_dim:
            raise AssertionError("was expecting embedding dimension of "
                                 f"{self.embed_dim}, but got {query.size(-1)}")
        padding = _canonical(padding, "key_padding_mask", mask, "attn_mask", query.dtype)
        if is_causal and mask is None:
            raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
        if is_causal and padding is None and not need_weights:
            mask = None
        else:
            mask = _canonical(mask, "attn_mask", None, "", query.dtype, check=False)
            is_causal = is_causal and padding is None
        output, weights = self._heads(query, key, value, padding, need_weights, mask, is_causal)
        if weights is not None and average:
            weights = weights.mean(dim=1)
        if had_batch:
            return output, weights
        return output.squeeze(1), None if weights is None else weights.squeeze(0)

    def _heads(self, query, key, value, padding, need_weights, mask, is_causal):
        queries, batch, width = query.shape
        heads, keys = self.num_heads, key.size(0)
        q, k, v = self._project(query, key, value)
        mask = _shaped_mask(mask, batch, heads, queries, keys)
        q = q.view(queries, batch * heads, self.head_dim).transpose(0, 1)
        k = k.view(keys, batch * heads, self.head_dim).transpose(0, 1)
        v = v.view(keys, batch * heads, self.head_dim).transpose(0, 1)
        mask = _merged_mask(mask, padding, batch, heads, keys)
        dropout = self.dropout if self.training else 0.0
        if need_weights:
            seen, weights = _attend(q, k, v, mask, dropout)
            seen = seen.transpose(0, 1).contiguous().view(queries * batch, width)
            weights = weights.view(batch, heads, queries, keys)
        else:
            if mask is not None:
                mask = mask.unsqueeze(0) if mask.size(0) == 1 else \
                    mask.view(batch, heads, -1, keys)
            shape = (batch, heads, -1, self.head_dim)
            seen = _F.scaled_dot_product_attention(q.view(*shape), k.view(*shape), v.view(*shape),
                                                   mask, dropout, is_causal)
            seen = seen.permute(2, 0, 1, 3).contiguous().view(batch * queries, width)
            weights = None
        output = _F.linear(seen, self.out_proj.weight, self.out_proj.bias)
        return output.view(queries, batch, output.size(1)), weights


# ---- transformers ------------------------------------------------------------------------------

def _activation(given):
    if not isinstance(given, str):
        return given
    if given not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {given}")
    return _F.relu if given == "relu" else _F.gelu


def _clones(module, count):
    return _ModuleList([_copy.deepcopy(module) for _ in range(count)])


class _Layer(_Module):
    """What the layers of encoder and decoder share: the two linear maps."""

    def _feed_forward(self, x, dropout):
        return dropout(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerEncoderLayer(_Layer):
    def __init__(self, d_model, nhead, dim_feedforward=2048, dropout=0.1, activation=_F.relu,
                 layer_norm_eps=1e-5, batch_first=False, norm_first=False, bias=True, device=None,
                 dtype=None):
        super().__init__()
        _refuse("TransformerEncoderLayer", dtype=dtype)
        self.self_attn = MultiheadAttention(d_model, nhead, dropout=dropout, bias=bias,
                                            batch_first=batch_first)
        self.linear1 = _Linear(d_model, dim_feedforward, bias=bias)
        self.dropout = _Dropout(dropout)
        self.linear2 = _Linear(dim_feedforward, d_model, bias=bias)
        self.norm_first = norm_first
        self.norm1 = _LayerNorm(d_model, eps=layer_norm_eps, bias=bias)
        self.norm2 = _LayerNorm(d_model, eps=layer_norm_eps, bias=bias)
        self.dropout1 = _Dropout(dropout)
        self.dropout2 = _Dropout(dropout)
        self.activation = _activation(activation)
        self.activation_relu_or_gelu = {_F.relu: 1, _F.gelu: 2}.get(self.activation, 0)
        if device is not None:
            self.to(device)

    def _attention(self, x, mask, padding, is_causal):
        return self.dropout1(self.self_attn(x, x, x, attn_mask=mask, key_padding_mask=padding,
                                            need_weights=False, is_causal=is_causal)[0])

    def forward(self, src, src_mask=None, src_key_padding_mask=None, is_causal=False):
        padding = _canonical(src_key_padding_mask, "src_key_padding_mask", src_mask, "src_mask",
                             src.dtype)
        mask = _canonical(src_mask, "src_mask", None, "", src.dtype, check=False)
        x = src
        if self.norm_first:
            x = x + self._attention(self.norm1(x), mask, padding, is_causal)
            return x + self._feed_forward(self.norm2(x), self.dropout2)
        x = self.norm1(x + self._attention(x, mask, padding, is_causal))
        return self.norm2(x + self._feed_forward(x, self.dropout2))


class TransformerDecoderLayer(_Layer):
    def __init__(self, d_model, nhead, dim_feedforward=2048, dropout=0.1, activation=_F.relu,
                 layer_norm_eps=1e-5, batch_first=False, norm_first=False, bias=True, device=None,
                 dtype=None):
        super().__init__()
        _refuse("TransformerDecoderLayer", dtype=dtype)
        self.self_attn = MultiheadAttention(d_model, nhead, dropout=dropout, bias=bias,
                                            batch_first=batch_first)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout=dropout, bias=bias,
                                                 batch_first=batch_first)
        self.linear1 = _Linear(d_model, dim_feedforward, bias=bias)
        self.dropout = _Dropout(dropout)
        self.linear2 = _Linear(dim_feedforward, d_model, bias=bias)
        self.norm_first = norm_first
        for number in "123":
            setattr(self, "norm" + number, _LayerNorm(d_model, eps=layer_norm_eps, bias=bias))
        for number in "123":
            setattr(self, "dropout" + number, _Dropout(dropout))
        self.activation = _activation(activation)
        if device is not None:
            self.to(device)

    def _own(self, x, mask, padding, is_causal):
        return self.dropout1(self.self_attn(x, x, x, attn_mask=mask, key_padding_mask=padding,
                                            need_weights=False, is_causal=is_causal)[0])

    def _others(self, x, memory, mask, padding, is_causal):
        return self.dropout2(self.multihead_attn(x, memory, memory, attn_mask=mask,
                                                 key_padding_mask=padding, need_weights=False,
                                                 is_causal=is_causal)[0])

    def forward(self, tgt, memory, tgt_mask=None, memory_mask=None, tgt_key_padding_mask=None,
                memory_key_padding_mask=None, tgt_is_causal=False, memory_is_causal=False):
        own = (tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        others = (memory, memory_mask, memory_key_padding_mask, memory_is_causal)
        x = tgt
        if self.norm_first:
            x = x + self._own(self.norm1(x), *own)
            x = x + self._others(self.norm2(x), *others)
            return x + self._feed_forward(self.norm3(x), self.dropout3)
        x = self.norm1(x + self._own(x, *own))
        x = self.norm2(x + self._others(x, *others))
        return self.norm3(x + self._feed_forward(x, self.dropout3))


def _is_causal_mask(mask, is_causal, queries):
    """Whether a mask is the one that hides what comes later."""
    if is_causal is not None or mask is None:
        return bool(is_causal)
    later = _torch.triu(_torch.full((queries, queries), float("-inf"), dtype=mask.dtype), diagonal=1) \
        if mask.dtype.is_floating_point else None
    return later is not None and mask.shape == later.shape and bool((mask == later).all())


def _slow_reason(layer):
    """Why PyTorch would not take its fast path with nested tensors; "" if it would."""
    attention = layer.self_attn
    if layer.norm_first:
        return "encoder_layer.norm_first was True"
    if not attention.batch_first:
        return ("encoder_layer.self_attn.batch_first was not True"
                "(use batch_first for better inference performance)")
    if attention.in_proj_bias is None:
        return "encoder_layer.self_attn was passed bias=False"
    if attention.num_heads % 2 == 1:
        return "encoder_layer.self_attn.num_heads is odd"
    return ""


class TransformerEncoder(_Module):
    def __init__(self, encoder_layer, num_layers, norm=None, enable_nested_tensor=True,
                 mask_check=True):
        super().__init__()
        self.layers = _clones(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check
        reason = _slow_reason(encoder_layer) if enable_nested_tensor and \
            isinstance(encoder_layer, TransformerEncoderLayer) else ""
        if reason:
            _warnings.warn("enable_nested_tensor is True, but self.use_nested_tensor is False "
                           f"because {reason}")

    def forward(self, src, mask=None, src_key_padding_mask=None, is_causal=None):
        padding = _canonical(src_key_padding_mask, "src_key_padding_mask", mask, "mask", src.dtype)
        mask = _canonical(mask, "mask", None, "", src.dtype, check=False)
        batch_first = self.layers[0].self_attn.batch_first if len(self.layers) else False
        queries = src.size(1 if batch_first and src.dim() == 3 else 0)
        causal = _is_causal_mask(mask, is_causal, queries)
        x = src
        for layer in self.layers:
            x = layer(x, src_mask=mask, is_causal=causal, src_key_padding_mask=padding)
        return x if self.norm is None else self.norm(x)


class TransformerDecoder(_Module):
    def __init__(self, decoder_layer, num_layers, norm=None):
        super().__init__()
        self.layers = _clones(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(self, tgt, memory, tgt_mask=None, memory_mask=None, tgt_key_padding_mask=None,
                memory_key_padding_mask=None, tgt_is_causal=None, memory_is_causal=False):
        batch_first = self.layers[0].self_attn.batch_first if len(self.layers) else False
        queries = tgt.size(1 if batch_first and tgt.dim() == 3 else 0)
        causal = _is_causal_mask(tgt_mask, tgt_is_causal, queries)
        x = tgt
        for layer in self.layers:
            x = layer(x, memory, tgt_mask=tgt_mask, memory_mask=memory_mask,
                      tgt_key_padding_mask=tgt_key_padding_mask,
                      memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=causal,
                      memory_is_causal=memory_is_causal)
        return x if self.norm is None else self.norm(x)


class Transformer(_Module):
    def __init__(self, d_model=512, nhead=8, num_encoder_layers=6, num_decoder_layers=6,
                 dim_feedforward=2048, dropout=0.1, activation=_F.relu, custom_encoder=None,
                 custom_decoder=None, layer_norm_eps=1e-5, batch_first=False, norm_first=False,
                 bias=True, device=None, dtype=None):
        super().__init__()
        shared = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first,
                  norm_first, bias)
        if custom_encoder is None:
            layer = TransformerEncoderLayer(*shared)
            norm = _LayerNorm(d_model, eps=layer_norm_eps, bias=bias)
            custom_encoder = TransformerEncoder(layer, num_encoder_layers, norm)
        self.encoder = custom_encoder
        if custom_decoder is None:
            layer = TransformerDecoderLayer(*shared)
            norm = _LayerNorm(d_model, eps=layer_norm_eps, bias=bias)
            custom_decoder = TransformerDecoder(layer, num_decoder_layers, norm)
        self.decoder = custom_decoder
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def _reset_parameters(self):
        for parameter in self.parameters():
            if parameter.dim() > 1:
                _init.xavier_uniform_(parameter)

    def _check(self, src, tgt):
        batch = 0 if self.batch_first else 1
        if src.dim() == 3 and src.size(batch) != tgt.size(batch):
            raise RuntimeError("the batch number of src and tgt must be equal")
        if src.size(-1) != self.d_model or tgt.size(-1) != self.d_model:
            raise RuntimeError("the feature number of src and tgt must be equal to d_model")

    def forward(self, src, tgt, src_mask=None, tgt_mask=None, memory_mask=None,
                src_key_padding_mask=None, tgt_key_padding_mask=None, memory_key_padding_mask=None,
                src_is_causal=None, tgt_is_causal=None, memory_is_causal=False):
        self._check(src, tgt)
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask,
                              is_causal=src_is_causal)
        return self.decoder(tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask,
                            tgt_key_padding_mask=tgt_key_padding_mask,
                            memory_key_padding_mask=memory_key_padding_mask,
                            tgt_is_causal=tgt_is_causal, memory_is_causal=memory_is_causal)

    @staticmethod
    def generate_square_subsequent_mask(sz, device=None, dtype=None):
        """What comes later is not looked at."""
        return _torch.triu(_torch.full((sz, sz), float("-inf"), dtype=dtype, device=device),
                           diagonal=1)
