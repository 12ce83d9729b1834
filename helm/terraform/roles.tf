# Roles that pods take by their service accounts (IRSA), each with the least that it needs.

data "tls_certificate" "oidc" {
  url = aws_eks_cluster.this.identity[0].oidc[0].issuer
}

resource "aws_iam_openid_connect_provider" "this" {
  url             = aws_eks_cluster.this.identity[0].oidc[0].issuer
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = [data.tls_certificate.oidc.certificates[0].sha1_fingerprint]
}

locals {
  issuer = replace(aws_iam_openid_connect_provider.this.url, "https://", "")
  # The chart names its service account after the release, and the release after `name`.
  service_account = strcontains(var.name, "thumbjobs") ? var.name : "${var.name}-thumbjobs"
  accounts = {
    thumbd = "system:serviceaccount:${var.namespace}:${local.service_account}"
    ebs    = "system:serviceaccount:kube-system:ebs-csi-controller-sa"
  }
}

data "aws_iam_policy_document" "assume" {
  for_each = local.accounts

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.this.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = [each.value]
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "thumbd" {
  name               = "${var.name}-thumbd"
  assume_role_policy = data.aws_iam_policy_document.assume["thumbd"].json
}

# What thumbd does with its bucket: list it (the sweeper), and read, write and delete its objects.
data "aws_iam_policy_document" "thumbd" {
  statement {
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.images.arn]
  }
  statement {
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${aws_s3_bucket.images.arn}/*"]
  }
}

resource "aws_iam_role_policy" "thumbd" {
  name   = "images"
  role   = aws_iam_role.thumbd.id
  policy = data.aws_iam_policy_document.thumbd.json
}

resource "aws_iam_role" "ebs" {
  name               = "${var.name}-ebs"
  assume_role_policy = data.aws_iam_policy_document.assume["ebs"].json
}

resource "aws_iam_role_policy_attachment" "ebs" {
  role       = aws_iam_role.ebs.name
  policy_arn = "${local.policies}/service-role/AmazonEBSCSIDriverPolicy"
}
