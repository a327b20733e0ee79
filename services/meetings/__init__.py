"""The meetings service: handler meetings 见面 – recorded with their evidence, confirmed or disputed by the member."""
